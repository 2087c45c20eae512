"""Large answers are compressed beside the event loop, and come out as they were."""

import threading
import zlib

import flask_compress.flask_compress as library
import pytest

from server.web import flask_app
from server.web.flask_app import LARGE


@pytest.fixture
def threads(monkeypatch):
    """Return the threads that have compressed something, in a worker that has an event loop."""
    seen, compress = [], library._compress_data
    monkeypatch.setattr(flask_app, "is_module_patched", lambda _: True)
    monkeypatch.setattr(
        library, "_compress_data", lambda *given: seen.append(threading.get_ident()) or compress(*given)
    )
    return seen


@pytest.fixture
def answer():
    """Return a function that asks for so many bytes of JSON and returns the answer."""
    app = flask_app.flask_app()
    app.add_url_rule("/<int:size>", "size", lambda size: app.response_class(b"7" * size, mimetype="application/json"))
    return lambda size, accepts: app.test_client().get(f"/{size}", headers={"Accept-Encoding": accepts})


def test_a_large_answer_is_compressed_by_another_thread(threads, answer):
    found = answer(LARGE, "deflate")
    assert zlib.decompress(found.data) == b"7" * LARGE
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


def test_a_small_one_by_the_loop_itself_because_another_thread_costs_more(threads, answer):
    found = answer(LARGE - 1, "deflate")
    assert zlib.decompress(found.data) == b"7" * (LARGE - 1)
    assert threads == [threading.get_ident()]


def test_who_takes_nothing_compressed_gets_it_as_it_is(threads, answer):
    assert answer(LARGE, "").data == b"7" * LARGE
    assert threads == []
