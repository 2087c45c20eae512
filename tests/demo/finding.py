"""The second story, the beginning: Mara needs someone, and chooses. The end of the story uses parts of it again."""

from server.trust.walltime import instant
from tests.demo.actors import chapter
from tests.demo.stage import ZONE, Person, Stage
from tests.phone import Wire

ALWAYS = [[day, 480, 1320] for day in range(7)]
MORNINGS = [[day, 480, 720] for day in range(7)]
BROTHER = "My brother died in autumn."


def they_can_be_found(stage: Stage, tom: Person, ida: Person) -> None:
    chapter("1  Mara needs someone")
    stage.world.person("sue", "supervisor")
    olga = stage.enters("Olga", "operator")
    for one, hours in ((tom, ALWAYS), (ida, MORNINGS)):
        one.does("profile.edit", languages={"en": 3})
        one.does("availability.set", zone=ZONE, weekly=hours)
        one.does("fact.put", id="loss", topic="grief_loss", kind="lived", depth=3, tier="profile")
        one.does("practice.edit", name=one.name, places=1)
        until = instant("2027-03-23T12:00", ZONE)
        olga.does("specialist.certify", specialist=one.name.lower(), supervisor="sue", until=until)
    olga.says("lets Tom and Ida listen to people: Sue is there for both of them")


def they_find_each_other(stage: Stage, mara: Person, tom: Person) -> str:
    stage.later("2026-03-23T18:30")
    mara.says("says what she needs: somebody who knows grief")
    asked = {"topics": {"grief_loss": 3}, "languages": {"en": 3}, "name": "Mara", "note": BROTHER}
    mara.does("request.open", id="grief", **asked)
    stage.works()
    people = introduced(mara)
    mara.does("request.choose", id="grief", person=people["Tom"]["id"])
    mara.says("chooses Tom")
    asked = tom.has("offer")
    tom.says(f"is asked whether he has room for {asked['name']}, who wrote “{asked['note']}”; he says yes")
    space = accepted(tom)
    terms = mara.has("agreement", space)["terms"]
    mara.says(f"reads, before she confides anything: “{terms['kept']}” But: “{terms['not_kept']}”")
    signed(mara, tom, space)
    mara.writes(space, "Hello Tom. I do not know how to begin.")
    tom.writes(space, "You have begun. I am here.")
    return space


def introduced(mara: Person) -> dict[str, Wire]:
    """Let Mara read her short list; return {name: person}."""
    people = mara.has("shortlist")["people"]
    for one in people:
        reasons = " ".join(reason["text"]["en"] for reason in one["reasons"])
        mara.says(f"can choose {one['name']}: {reasons} {one['limit']['text']['en']}")
    return {one["name"]: one for one in people}


def accepted(specialist: Person) -> str:
    """Let a specialist say yes, and return the space of the two."""
    known = specialist.phone.spaces().keys()
    specialist.does("offer.accept", id=specialist.phone.records("offer")[-1]["id"])
    [space] = specialist.phone.spaces().keys() - known
    return space


def signed(mara: Person, specialist: Person, space: str) -> None:
    """Let Mara sign what a specialist has signed already."""
    mara.does("agreement.sign", space=space, sha256=mara.has("pairing", space)["proposed"])
    mara.says(f"signs what she and {specialist.name} agree on; now they can write to each other")
    assert specialist.has("pairing", space)["state"] == "active"
