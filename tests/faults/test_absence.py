"""F12: a phone comes back after tombstones it never saw have expired. It starts over, and is as good as new."""

from server.store.tombstones import expire_tombstones


def test_after_a_long_absence_a_phone_starts_over_and_equals_a_fresh_one(server, faults):
    faults = faults(server, pairs=1)
    space, (sam, ann, tablet) = faults.pairs[0]
    mine = f"user:{ann.user}"
    for number in range(60):
        ann.does("message.send", space=space, id=f"m{number}", text=f"{number}", origin="person")
        ann.does("note.put", id=f"n{number}", title=f"{number}")
    ann.push()
    tablet.sync()
    tablet.does("message.edit", space=space, id="m1", text="written far away")  # offline from here
    tablet.does("note.put", id="n50", title="written far away")
    tablet.does("message.send", space=space, id="away", text="I am back", origin="person")
    for number in range(20):
        ann.does("message.delete", space=space, id=f"m{number}")
        ann.does("note.delete", id=f"n{number}")
    ann.push()
    sam.do("message.send", space=space, id="last", text="a last word", origin="person")
    ann.do("note.put", id="last", title="a last word")
    assert expire_tombstones(server.mongo, space, 10**6) == 20
    assert expire_tombstones(server.mongo, mine, 10**6) == 20

    page = tablet.transport.call("pull", tablet._asking(500))
    assert sorted(page["reset"]) == [space, mine]
    outcomes = tablet.sync()
    assert [outcome["ok"] for outcome in outcomes] == [False, True, True]
    assert outcomes[0]["error"]["code"] == "not_found"
    assert tablet.transport.call("pull", tablet._asking(500))["reset"] == []
    assert not [name for name in tablet.replica if name[2] in {"m1", "n1"}]
    assert faults.ends() == []
