"""Phones that are connected to a running server, over real sockets."""


def test_a_message_is_shown_live_to_the_other_phone(online, connect):
    sam, ann = online("specialist"), online()
    code = sam.do("pairing.invite")["changes"][0]["data"]["code"]
    space = ann.do("pairing.join", code=code)["changes"][0]["space"]
    sam.sync(), ann.sync()
    live = connect(sam.tokens, sam)
    outcome = ann.do("message.send", space=space, id="m1", text="hello")
    assert outcome["ok"]
    live.wait(lambda: sam.texts(space) == ["hello"])
    assert not sam.stale
