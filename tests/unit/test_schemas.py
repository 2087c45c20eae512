"""Shapes: what is let in, and what is named when it is not."""

import pytest
from marshmallow import ValidationError

from schemas.account import Register
from schemas.message import SendMessage
from schemas.pairing import Join
from schemas.profile import EditProfile
from schemas.protocol import Mutation

PASSPHRASE = "correct horse battery"


@pytest.mark.parametrize("handle", ["ann", "Zoë", "Жанна", "李四", "हिन्दी", "سارة", "a.b_c-9", "e\u0301e\u0301"])
def test_a_handle_may_be_of_any_script(handle):
    assert Register().load({"handle": handle, "passphrase": PASSPHRASE})["handle"] == handle


@pytest.mark.parametrize(
    "handle", ["", "a", "a b", "a\n", "a@b", "x" * 41, "a|b", "🫂🫂", "a\u200db", None, 7, {"$ne": 1}]
)
def test_a_handle_is_made_of_what_can_be_read_aloud(handle):
    assert Register().validate({"handle": handle, "passphrase": PASSPHRASE}).keys() == {"handle"}


@pytest.mark.parametrize("passphrase", ["", "too short", "x" * 201, None, 7])
def test_a_passphrase_is_long_enough(passphrase):
    assert Register().validate({"handle": "ann", "passphrase": passphrase}).keys() == {"passphrase"}


@pytest.mark.parametrize("name", ["", " ", " Ann", "Ann ", "A\nB", "x" * 81])
def test_a_name_is_one_line(name):
    assert EditProfile().validate({"name": name}).keys() == {"name"}


@pytest.mark.parametrize(
    "code",
    ["", "ABCD-EFGH", "ABCD-EFGH-JKLM-NPQ", "ABCD-EFGH-JKLM-NPQRS", "ABCD-EFGH-JKLM-NP01", "ABCD/EFGH/JKLM/NPQR"],
)
def test_what_is_no_code_is_refused(code):
    assert Join().validate({"code": code}).keys() == {"code"}


@pytest.mark.parametrize("space", ["", "pair", "pair:", ":x", "pair:a:b", "pair:a\n", "PAIR:x", "pair:" + "x" * 65])
def test_a_space_has_a_kind_and_a_name(space):
    assert SendMessage().validate({"space": space, "id": "m1", "text": "x", "origin": "person"}).keys() == {"space"}


@pytest.mark.parametrize(
    "name", ["", "1", "01A203FA-FAC9-7135-88A2-FE23B915DAE1", "01a203fa-fac9-4135-88a2-fe23b915dae1"]
)
def test_the_id_of_a_mutation_is_a_uuid_of_version_7(name):
    with pytest.raises(ValidationError) as refused:
        Mutation().load({"id": name, "name": "note.put", "args": {}, "at": "0-0"})
    assert refused.value.messages.keys() == {"id"}
