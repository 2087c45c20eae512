"""Which web apps may call: what is listed, with wildcards that end at a dot, and the server's own host."""

import pytest

from server.web.origins import Origins, problem

GOOD = [
    "*", "https://app.example.org", "http://localhost:5173", "https://*.example.org", "capacitor://localhost",
    "http://[::1]:3000", "https://*.example.org:8443", "http://127.0.0.1:8080", "tauri://localhost",
]  # fmt: skip
WRONG = {  # and the word that helps
    " https://a.example.org": "Write https://a.example.org instead",
    "https://a.example.org ": "Write https://a.example.org instead",
    "https://a.example.org/": "Write https://a.example.org instead",
    "https://a.example.org/app?x#y": "Write https://a.example.org instead",
    "https://A.Example.org": "Write https://a.example.org instead",
    "https://a.example.org:443": "Write https://a.example.org instead",
    "http://a.example.org:80": "Write http://a.example.org instead",
    "a.example.org": "Write https://a.example.org instead",
    "*.example.org": "Write https://*.example.org instead",
    "": "is no origin", "https://": "is no origin", "https://*": "is no origin", "https://*.org": "is no origin",
    "https://a.*.org": "is no origin", "https://*a.example.org": "is no origin", "http://localhost:*": "is no origin",
    "https://u:p@a.example.org": "is no origin", "null": "is no origin", "https://a b.org": "is no origin",
    "https://[::1": "is no origin", "https://.example.org": "is no origin", "//a.example.org": "is no origin",
}  # fmt: skip


@pytest.mark.parametrize("entry", GOOD)
def test_an_origin_is_taken_as_a_browser_sends_it(entry):
    assert problem(entry) is None


@pytest.mark.parametrize("entry", WRONG)
def test_what_is_no_origin_is_refused_with_a_sentence(entry):
    assert WRONG[entry] in (problem(entry) or "")


@pytest.mark.parametrize("origin", ["https://a.example.org", "https://a.b.example.org"])
def test_a_wildcard_stands_for_labels(origin):
    assert Origins(["https://*.example.org"]).allows(origin, "api.test")


@pytest.mark.parametrize(
    "origin",
    [
        "https://example.org", "https://xexample.org", "https://xexample.org.evil.com", "https://a.example.org.evil.com",
        "http://a.example.org", "https://a.example.org:8443", "https://evil.com/a.example.org", "https://.example.org",
        "https://a.example.org\n", "https://a.exampleXorg", "https://evil.com?a.example.org", "", "null", "*",
    ],
)  # fmt: skip
def test_a_wildcard_lets_nobody_else_in(origin):
    assert not Origins(["https://*.example.org"]).allows(origin, "api.test")


def test_a_dot_in_an_entry_is_a_dot():
    assert not Origins(["https://app.example.org"]).allows("https://appXexample.org", "api.test")


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://api.test", "api.test"), ("https://api.test", "api.test"), ("wss://api.test", "api.test"),
        ("app://api.test:8080", "api.test:8080"), ("https://api.test:443", "api.test"), ("HTTP://API.test", "api.test"),
    ],
)  # fmt: skip
def test_a_native_app_that_says_the_servers_own_host_is_let_in(origin, host):
    assert Origins([]).allows(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://evil.com", "api.test"), ("https://api.test.evil.com", "api.test"), ("https://xapi.test", "api.test"),
        ("http://api.test:8080", "api.test"), ("api.test", "api.test"), ("https://", ""), ("", ""), ("null", "null"),
    ],
)  # fmt: skip
def test_nobody_else_is_let_in_where_nobody_is_listed(origin, host):
    assert not Origins([]).allows(origin, host)


def test_all_are_let_in_where_the_operator_says_so():
    assert Origins(["*"]).allows("https://anybody.test", "api.test")
