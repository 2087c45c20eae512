"""Texts for other workers, sealed on their way."""

import pytest

from server.sealing.texts import SealedTexts, Unreadable

OLD, NEW = bytes(32), bytes(range(32))


def test_a_text_is_opened_as_it_was():
    texts = SealedTexts([NEW], "bus")
    assert texts.open(texts.seal("héllo", "show|pair:1"), "show|pair:1") == "héllo"
    assert "hello" not in texts.seal("hello", "")


@pytest.mark.parametrize("sealed", ["", "AAAA", "no base64!", "hello"])
def test_what_was_not_sealed_is_not_taken(sealed):
    with pytest.raises(Unreadable):
        SealedTexts([NEW], "bus").open(sealed, "")


def test_a_text_is_opened_only_where_and_for_what_it_was_sealed():
    sealed = SealedTexts([NEW], "bus").seal("hello", "pair:1")
    others = [([NEW], "bus", "pair:2"), ([NEW], "else", "pair:1"), ([OLD], "bus", "pair:1")]
    for keys, purpose, about in others:
        with pytest.raises(Unreadable):
            SealedTexts(keys, purpose).open(sealed, about)


def test_workers_understand_one_another_while_the_master_key_is_changed():
    before, after = SealedTexts([OLD, NEW], "bus"), SealedTexts([NEW, OLD], "bus")
    assert after.open(before.seal("hello", ""), "") == before.open(after.seal("hello", ""), "") == "hello"
