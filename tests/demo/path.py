"""Our path: what two people keep of their way, as a phone shows it without a network."""

from rich import box
from rich.table import Table

from tests.demo.stage import Person, day
from tests.phone import Wire

SHARED = ("disclosure", "milestone")  # what nobody does alone
KINDS = ("promise", "question", "disclosure", "step", "strength", "milestone", "letter")


def our_path(person: Person, space: str) -> Table:
    """Return the path of a space as a table."""
    members = person.phone.records("pairing", space)[0]["data"]["members"]
    names = {member: told["name"] for member, told in members.items()}
    table = Table("", "", "Our path", box=box.SIMPLE_HEAD, pad_edge=False)
    found = [row for kind in KINDS for row in person.phone.records(kind, space)]
    for row in sorted(found, key=lambda row: row["first_seq"]):
        what, text = _told(row, person, names)
        who = "Both" if row["kind"] in SHARED else names[row["author"]]
        table.add_row(who, f"[dim]{what}[/]", text)
    return table


def _told(row: Wire, person: Person, names: dict[str, str]) -> tuple[str, str]:
    """Return what a record is, and what it says."""
    data, kind = row["data"], row["kind"]
    if kind == "promise":
        late = ", though the network was late" if data["late"] else ""
        return "promised", f"“Back by {day(data['by_at'])}”: {data['state']}{late}"
    if kind == "question":
        return "asked", f"“{data['text']}” {data['state'].capitalize()}."
    if kind == "disclosure":
        told = sorted(f"{names[member]}: “{card['text']}”" for member, card in data["cards"].items())
        return "opened together", "\n".join([data["theme"], *told])
    if kind == "milestone":
        [kept] = [one for one in person.phone.records(data["kind"], row["space"]) if one["id"] == data["of"]]
        return "hold on to", f"“{kept['data']['text']}”"
    return {"step": "chose", "strength": "noticed", "letter": "said goodbye"}[kind], f"“{data['text']}”"
