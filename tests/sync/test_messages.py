"""Messages, as two people and a stranger meet them."""


def test_a_message_reaches_the_other_phone(sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="hello")
    sam.pull()
    assert sam.texts(pair) == ["hello"]
