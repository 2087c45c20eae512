"""The providers in OIDC_PROVIDERS: which role claims give, and which settings are refused in which words."""

import json

import pytest
from environs import EnvError

from server.accounts.oidc_settings import GOOGLE, Provider, Rule, read
from server.config import load

ACME = {
    "name": "acme",
    "issuer": "https://login.acme.example/realms/staff",
    "client_id": "beside-app",
    "rules": [
        {"claim": "groups", "value": "leads", "role": "supervisor"},
        {"domain": "acme.example", "role": "specialist"},
    ],
}
PROVIDER = Provider(
    "acme",
    "https://login.acme.example/realms/staff",
    "beside-app",
    ("RS256",),
    (Rule("supervisor", "leads", "groups"), Rule("specialist", "acme.example")),
)
VERIFIED = {"email": "sam@acme.example", "email_verified": True}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["staff", "leads"]}, "supervisor"),
        ({"groups": "leads"}, "supervisor"),
        ({"groups": ["leads"], **VERIFIED}, "supervisor"),
        ({"groups": ["Leads"]}, None),
        ({"groups": "leads of nothing"}, None),
        ({"groups": {"leads": True}}, None),
        ({"groups": None}, None),
        ({}, None),
        (VERIFIED, "specialist"),
        ({"email": "Sam@ACME.example", "email_verified": "true"}, "specialist"),
        ({"email": "sam@acme.example"}, None),
        ({"email": "sam@acme.example", "email_verified": False}, None),
        ({"email": "sam@acme.example", "email_verified": "false"}, None),
        ({"email": "sam@acme.example", "email_verified": 1}, None),
        ({"email": "sam@sub.acme.example", "email_verified": True}, None),
        ({"email": "sam@acme.example@eve.example", "email_verified": True}, None),
        ({"email": "acme.example.eve", "email_verified": True}, None),
        ({"email_verified": True}, None),
        ({"hd": "acme.example"}, "specialist"),
        ({"hd": "eve.example", **VERIFIED}, None),
        ({"hd": None, **VERIFIED}, None),
    ],
)
def test_the_first_rule_that_matches_gives_the_role(claims, role):
    assert PROVIDER.role(claims) == role


def test_at_google_an_address_of_the_employer_is_not_enough():
    """Anybody can make a private Google account with it, and keeps the account after leaving the employer."""
    google = Provider("google", GOOGLE, "beside-app", ("RS256",), PROVIDER.rules)
    assert google.role(VERIFIED) is None
    assert google.role({"hd": "acme.example", **VERIFIED}) == "specialist"


def test_providers_are_read_from_json_and_from_a_file(tmp_path):
    path = tmp_path / "providers.json"
    path.write_text(json.dumps([ACME]))
    assert read(json.dumps([ACME])) == read(f" {json.dumps([ACME])}") == read(str(path)) == (PROVIDER,)


@pytest.mark.parametrize("setting", ["", " ", "[]"])
def test_without_providers_nobody_signs_in_through_an_employer(setting):
    assert read(setting) == ()


RULE = {"claim": "groups", "value": "leads", "role": "supervisor"}
WRONG = [
    ([{**ACME, "issuer": "http://login.acme.example"}], "0.issuer: Write an https:// address."),
    ([{**ACME, "issuer": "https://"}], "0.issuer: Write an https:// address."),
    ([{**ACME, "issuer": "https://user@login.acme.example"}], "0.issuer: Write an https:// address."),
    ([{**ACME, "issuer": "https://login.acme.example?tenant=1"}], "0.issuer: Write the issuer exactly"),
    ([ACME, {**ACME, "name": "Acme Ltd"}], "1.name: Use 1 to 40"),
    ([ACME, ACME], "Two providers have the same name."),
    ([{**ACME, "algorithms": ["HS256"]}], "0.algorithms.0: Use one of"),
    ([{**ACME, "algorithms": ["none"]}], "0.algorithms.0: Use one of"),
    ([{**ACME, "algorithms": []}], "0.algorithms: "),
    ([{**ACME, "rules": []}], "0.rules: "),
    ([{**ACME, "rules": [{**RULE, "role": "peer"}]}], "0.rules.0.role: Use one of"),
    ([{**ACME, "rules": [{**RULE, "domain": "acme.example"}]}], "0.rules.0: Write either 'claim' and 'value'"),
    ([{**ACME, "rules": [{"role": "operator"}]}], "0.rules.0: Write either 'claim' and 'value'"),
    ([{**ACME, "rules": [{"role": "operator", "domain": "@acme.example"}]}], "0.rules.0.domain: Write a domain"),
    ([{**ACME, "client_secret": "hush"}], "0.client_secret: There is no such field"),
    ([{key: ACME[key] for key in ACME.keys() - {"client_id"}}], "0.client_id: Send this field"),
    ([{**ACME, "name": f"acme-{number}"} for number in range(33)], "Use 32 entries at most."),
    (["acme"], "0: Use a JSON object."),
]


@pytest.mark.parametrize(("setting", "said"), WRONG)
def test_a_wrong_provider_is_refused_by_name_and_no_value_is_repeated(monkeypatch, tmp_path, setting, said):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps(setting))
    with pytest.raises(EnvError) as refused:
        load()
    assert str(refused.value).startswith("OIDC_PROVIDERS: ")
    assert said in str(refused.value)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("/nowhere/providers.json", "'/nowhere/providers.json' cannot be read: No such file or directory."),
        ("[{", "That is not JSON"),
        ("{}", "'{}' cannot be read"),
    ],
)
def test_a_setting_that_is_no_list_is_refused_with_what_to_write(setting, said):
    with pytest.raises(ValueError, match="Write a JSON list") as refused:
        read(setting)
    assert said in str(refused.value)


def test_a_file_without_a_list_is_refused_with_what_to_write(tmp_path):
    path = tmp_path / "providers.json"
    path.write_text(json.dumps(ACME))
    with pytest.raises(ValueError, match="Write a JSON list"):
        read(str(path))


def test_the_providers_are_settings_of_the_server(monkeypatch, tmp_path):
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OIDC_PROVIDERS", json.dumps([ACME]))
    assert load().oidc_providers == (PROVIDER,)
