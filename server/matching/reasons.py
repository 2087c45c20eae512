"""The reasons why a peer and a specialist are not paired after a cohort was matched, as codes and sentences."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Code = Literal["together", "not_listed", "peer_content", "specialist_content", "no_places", "blocks"]


@dataclass(frozen=True)
class Reason:
    """The reason why a peer and a specialist are not paired, or the statement that they are."""

    code: Code
    peer: str
    specialist: str
    partner: str | None = None  # the specialist that the peer has instead
    worst: str | None = None  # the least preferred of the specialist's peers, if that decides; None: a place is free
    by: str | None = None  # the one of the two who did not list the other

    def __str__(self) -> str:
        """Return the reason as a sentence."""
        return _SENTENCES[self.code].format(
            peer=self.peer,
            specialist=self.specialist,
            partner=self.partner or "nobody",
            by=self.by,
            of=self.specialist if self.by == self.peer else self.peer,
            instead="has a free place" if self.worst is None else f"would rather have {self.peer} than {self.worst}",
            worst=self.worst,
        )


_SENTENCES: Mapping[Code, str] = {
    "together": "{peer} and {specialist} have each other.",
    "not_listed": "{by} did not list {of}.",
    "peer_content": "{peer} has {partner}, whom {peer} likes as much as {specialist} or more.",
    "specialist_content": "{specialist} is full with people it likes as much as {peer} or more; {worst} is the last.",
    "no_places": "{specialist} has no places.",
    "blocks": "They would rather have each other: {peer} has {partner}, and {specialist} {instead}.",
}
