"""The law of optimistic rows: the row that a waiting mutation shows equals the record that the server then stores.

The row has the same id, and each field that the command writes has the same value.
"""

import json
import re

import pytest

from tests.client.generate import GENERATED
from tests.client.remote import Remote
from tests.good import GOOD
from tests.trusted import Ready

pytestmark = pytest.mark.in_memory

RULES = json.loads(
    "{" + re.search(r"ROW_COMMANDS[^{]*{(.*)\n};", GENERATED.read_text(), re.DOTALL)[1].rstrip(",") + "}"
)


UNARRANGED = {  # commands that the fixtures of tests/trusted.py cannot prepare
    "debrief.hand_over", "handover.refuse", "security_event.dismiss", "supervision.share_past", "unsent.discard",
}  # fmt: skip


def arranged(ready, name):
    """Prepare the world for a command; return the phone that asks for it, and its args."""
    if name in {"agreement.sign", "agreement.decline"}:
        sam = ready.people["sam"]
        assert sam.do("agreement.propose", **GOOD["agreement.propose"], space=ready.space)["ok"]
        ready.people["ann"].sync()
        proposed = next(row for row in ready.people["ann"].records("agreement") if row["data"]["state"] == "proposed")
        phone, args = ready.to(name)
        return phone, args | {"sha256": proposed["data"]["sha256"]}
    if name == "note.delete":
        ready.do("note.put")
    return ready.to(name)


@pytest.mark.parametrize("name", sorted(RULES.keys() - UNARRANGED))
def test_the_row_that_is_shown_is_the_one_that_is_stored(world, ann, sam, pair, driver, name):
    phone, args = arranged(Ready(world, ann, sam, pair), name)
    remote = Remote(driver, phone.transport, phone.user, phone.clock.device, phone.now)
    remote.sync()
    kind = name.partition(".")[0]
    before = rows(remote.records(kind))
    mutation = remote.does(name, **args)
    after = rows(remote.records(kind))
    shown = {place: row for place, row in after.items() if row["pending"]}
    [outcome] = [one for one in remote.sync() if one["id"] == mutation["id"]]
    assert outcome["ok"], outcome
    stored = rows(row for row in outcome["changes"] if row["kind"] == kind)
    assert before.keys() - after.keys() == {place for place, row in stored.items() if row.get("deleted")}
    assert shown or before.keys() - after.keys(), "nothing is shown"
    assert shown.keys() <= stored.keys()
    for place, row in shown.items():
        old, new = before.get(place, {"data": {}})["data"], stored[place]["data"]
        assert changed(old, row["data"]).items() <= new.items()
        given = {field: value for field, value in changed(old, new).items() if field in args and args[field] == value}
        assert given.items() <= row["data"].items(), "what the user wrote is shown"


def rows(some):
    return {(row["space"], row["id"]): row for row in some}


def changed(old, new):
    """Return the fields that have changed."""
    return {field: value for field, value in new.items() if field not in old or old[field] != value}
