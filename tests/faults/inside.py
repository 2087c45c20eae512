"""Phones in this process that call the backend of a world directly; a test controls its clock and its worker."""

from contextlib import suppress
from pathlib import Path

from schemas.agreement import AGREED
from server.commands.context import Caller
from tests.conftest import World
from tests.faults.checker import check
from tests.faults.history import CheckedPhone, Pen, read
from tests.phone import Lost
from tests.transports import Direct, Failed


class Inside:
    """Some people on a world, whose histories are checked in the end."""

    def __init__(self, world: World, directory: Path) -> None:
        self.world, self.directory = world, directory
        directory.mkdir(exist_ok=True)
        self.phones: list[CheckedPhone] = []
        self.pens: list[Pen] = []

    def phone(self, caller: Caller, name: str) -> CheckedPhone:
        pen = Pen(self.directory, name, caller.user)
        transport = Direct(self.world.parts, Caller(caller.user, name, caller.role))
        phone = CheckedPhone(transport, caller.user, name, lambda: self.world.time, pen)
        self.phones.append(phone)
        self.pens.append(pen)
        return phone

    def paired(self, specialist: CheckedPhone, *peers: CheckedPhone) -> str:
        """Pair two people and return their space; other phones of theirs learn of it."""
        code = specialist.do("pairing.invite")["changes"][0]["data"]["code"]
        space = peers[0].do("pairing.join", agreement=AGREED, code=code)["changes"][0]["space"]
        for phone in (specialist, *peers):
            phone.sync()
        return space

    def restarts(self) -> None:
        """Let another worker take over."""
        self.world.restarted()
        for phone in self.phones:
            phone.transport.parts = self.world.parts

    def ends(self) -> list[str]:
        """Empty every outbox, fetch everything, on fresh phones too, and return what is wrong."""
        for phone in self.phones:
            while phone.outbox:
                with suppress(Lost, Failed):
                    phone.push()
        callers = {phone.user: phone.transport.caller for phone in self.phones}
        fresh = [self.phone(caller, f"{user}.fresh") for user, caller in callers.items()]
        for phone in [*self.phones[: -len(fresh)], *fresh]:
            phone.whole()
        self.close()
        return check(read(self.directory))

    def close(self) -> None:
        for pen in self.pens:
            pen.close()
