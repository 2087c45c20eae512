"""A report is kept for two years after it was closed, and then nobody can open its copy any more."""

import pytest

from server.commands.safety.retention import KEPT
from tests.sealed import stored
from tests.trust.scene import send

pytestmark = pytest.mark.in_memory


def test_a_report_is_erased_two_years_after_it_was_closed(world, sam, ann, pair):
    olga = world.phone(world.person("olga", "operator"))
    send(ann, pair, "m1", "CANARY a threat")
    filed = {"space": pair, "id": "r1", "ground": "pressure", "words": "See.", "messages": ["m1"], "consent": True}
    assert sam.do("report.file", **filed)["ok"]
    [case] = stored(world.mongo, {"kind": "case"})
    world.wait(KEPT + 1)
    world.parts.scheduler.run()
    assert stored(world.mongo, {"kind": "case"})[0]["data"]["messages"], "an open report is kept"
    assert olga.do("report.close", id=case["id"], outcome="no_action", note="Talked.")["ok"]
    before = list(world.mongo.records.find({"kind": "case"}))
    world.wait(KEPT - 1)
    world.parts.scheduler.run()
    assert stored(world.mongo, {"kind": "case"})[0]["data"]["messages"]
    world.wait(1)
    world.parts.scheduler.run()
    assert [row for row in stored(world.mongo, {"kind": "case"}) if "deleted" not in row] == []
    world.mongo.records.replace_one({"_id": before[0]["_id"]}, before[0])  # as in a back-up of the records alone
    assert "CANARY" not in repr(stored(world.mongo, {"kind": "case"}))
