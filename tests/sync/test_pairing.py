"""Pairing by invitation: a code, a space for two, and an end."""

import pytest

from schemas.agreement import AGREED, STANDARD
from sync.clock import HOUR
from tests.sealed import stored
from tests.sync.codes import code_of

pytestmark = pytest.mark.in_memory


def test_the_space_of_a_pairing_appears_on_both_phones(sam, ann, pair):
    assert pair in sam.spaces()
    assert pair in ann.spaces()
    assert sam.records("pairing")[0]["data"]["state"] == "active"
    names = {member["role"]: member["name"] for member in ann.records("pairing")[0]["data"]["members"].values()}
    assert names == {"specialist": "Sam", "peer": "Ann"}


def test_an_invitation_lets_one_person_in(sam, ann, bob):
    code = code_of(sam.do("pairing.invite"))
    assert ann.do("pairing.join", agreement=AGREED, code=code)["ok"]
    refused = bob.do("pairing.join", agreement=AGREED, code=code)
    assert refused["error"]["code"] == "wrong_state"
    bob.pull()
    assert bob.spaces() == {}


def test_the_code_is_gone_once_it_was_used(world, sam, ann, pair):
    [row] = stored(world.mongo, {"kind": "pairing"})
    assert "name" in str(row["data"]["members"]), "what is sealed is to be seen here"
    assert "code" not in row["data"]
    assert "code" not in str(sam.replica)


def test_an_invitation_expires(world, sam, ann):
    code = code_of(sam.do("pairing.invite", hours=1))
    world.wait(HOUR)
    assert ann.do("pairing.join", agreement=AGREED, code=code)["error"]["details"]["state"] == "expired"


def test_an_invitation_can_be_taken_back(sam, ann):
    invited = sam.do("pairing.invite")
    sam.do("pairing.end", pairing=invited["changes"][0]["id"])
    assert ann.do("pairing.join", agreement=AGREED, code=code_of(invited))["error"]["details"]["state"] == "ended"


def test_nobody_is_paired_with_themselves(sam):
    code = code_of(sam.do("pairing.invite"))
    assert sam.do("pairing.join", agreement=AGREED, code=code)["error"]["code"] == "forbidden"


def test_a_guessed_code_opens_nothing(eve):
    assert eve.do("pairing.join", agreement=AGREED, code="AAAA-BBBB-CCCC-DDDD")["error"]["code"] == "not_found"
    assert eve.do("pairing.join", agreement=AGREED, code="nonsense")["error"]["details"]["field"] == "args.code"


def test_peers_do_not_invite(ann):
    assert ann.do("pairing.invite")["error"]["code"] == "forbidden"


def test_a_programme_invites_for_a_specialist(world, sam, ann):
    programme = world.phone(world.person("pat", "operator"))
    invited = programme.do("pairing.invite", specialist="SAM")
    assert ann.do("pairing.join", agreement=AGREED, code=code_of(invited))["ok"]
    sam.pull(), programme.pull()
    assert list(sam.spaces()) == [invited["changes"][0]["space"]]
    assert programme.spaces() == {}


def test_a_programme_names_a_specialist_who_exists(world, ann):
    programme = world.phone(world.person("pat", "operator"))
    for handle in ("nobody", "ann"):
        assert programme.do("pairing.invite", specialist=handle)["error"]["code"] == "not_found"


@pytest.mark.parametrize("who", ["sam", "ann"])
def test_either_may_end_a_pairing_and_then_nothing_more_is_written(request, sam, ann, pair, who):
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    assert request.getfixturevalue(who).do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    for outcome in (
        ann.do("message.send", space=pair, id="m2", text="are you there?", origin="person"),
        ann.do("message.edit", space=pair, id="m1", text="goodbye"),
    ):
        assert outcome["error"]["code"] == "wrong_state"
        assert outcome["error"]["details"]["state"] == "ended"
    assert ann.do("message.delete", space=pair, id="m1")["ok"], "which takes back what was written"


def test_the_history_of_an_ended_pairing_stays_readable(world, sam, ann, pair):
    ann.do("message.send", space=pair, id="m1", text="hello", origin="person")
    sam.do("pairing.end", pairing=pair.removeprefix("pair:"))
    tablet = world.phone(ann.transport.caller, "tablet")
    tablet.pull()
    assert tablet.texts(pair) == ["hello"]
    assert tablet.records("pairing")[0]["data"]["state"] == "ended"


def test_ending_twice_is_ending_once(sam, ann, pair):
    name = pair.removeprefix("pair:")
    first, second = sam.do("pairing.end", pairing=name), ann.do("pairing.end", pairing=name)
    assert second["changes"] == first["changes"]


def test_two_pairings_of_one_person_cannot_be_linked(world, sam, ann, bob):
    """What ann and bob see of sam has nothing in common but what every pairing has."""
    first, second = world.paired(sam, ann), world.paired(sam, bob)
    for phone in (sam, ann, bob):
        for space in (first, second):
            if space in phone.spaces():
                phone.do("message.send", space=space, id=f"from-{phone.user}", text="hello", origin="person")
                phone.do("position.read", space=space, seq=3)
    ann.pull(), bob.pull()
    seen = [
        {word for change in phone.replica.values() if change["space"] == space for word in words(change)}
        for phone, space in ((ann, first), (bob, second))
    ]
    assert sam.spaces()[first] in seen[0], "need sam on ann's phone for this test to mean anything"
    assert seen[0] & seen[1] <= {"pairing", "message", "active", "specialist", "peer", "Sam", "Ann",
                                 "hello", "person", "from-id-sam", AGREED, "first", "in_force", "agreement",
                                 *STANDARD["en"].values()}  # fmt: skip
    for account in (sam.user, sam.clock.device):
        assert account not in seen[0] | seen[1]


@pytest.mark.parametrize("ending", ["pairing.end", "pairing.rematch"])
def test_who_has_parted_is_shown_no_later_words_of_a_story_card(sam, ann, pair, ending):
    ann.do("story.edit", text="It began in winter.")
    ann.do("story.share", space=pair)
    assert sam.do(ending, pairing=pair.removeprefix("pair:"))["ok"]
    assert ann.do("story.edit", text="What I tell the next person.")["ok"]
    sam.sync(), ann.sync()
    assert [row["data"]["text"] for row in ann.records("story")] == ["What I tell the next person."]
    assert "the next person" not in str(sam.replica)


@pytest.mark.parametrize("asked", ["narrowed", "deleted"])
def test_who_has_parted_is_shown_no_fact_that_was_taken_back_since(sam, ann, pair, asked):
    ann.do("fact.put", id="f1", topic="grief_loss", kind="lived", tier="paired")
    sam.sync()
    assert "grief_loss" in str(sam.records("introduction")), "need a fact that is shown for this test to mean anything"
    assert sam.do("pairing.end", pairing=pair.removeprefix("pair:"))["ok"]
    how = {"narrowed": ("fact.put", {"tier": "private"}), "deleted": ("fact.delete", {})}[asked]
    assert ann.do(how[0], id="f1", **how[1])["ok"]
    sam.sync()
    assert "grief_loss" not in str(sam.records("introduction"))


def words(value):
    """Return every string in a change, keys and parts of names included; times and numbers are no names."""
    if isinstance(value, dict):
        return [word for key, inner in value.items() if key not in FIELDS for word in [key, *words(inner)]] + [
            word for key, inner in value.items() if key in FIELDS - {"at", "sent_at"} for word in words(inner)
        ]
    return [value] if isinstance(value, str) else []


FIELDS = {"id", "kind", "space", "seq", "first_seq", "at", "author", "data", "text", "origin", "sent_at", "state",
          "members", "role", "name", "read", "delivered", "agreement", "proposed", "sha256", "signed", "terms",
          "version", *STANDARD["en"]}  # fmt: skip
