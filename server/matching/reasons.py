"""The words for why a peer and a specialist do not have each other after a cohort was matched."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Code = Literal["together", "not_listed", "peer_content", "specialist_content", "no_places", "blocks"]


@dataclass(frozen=True)
class Reason:
    """Why a peer and a specialist do not have each other, or that they do."""

    code: Code
    peer: str
    specialist: str
    partner: str | None = None  # whom the peer has instead
    worst: str | None = None  # the last of the specialist's peers, where that decides; None: it has a free place
    by: str | None = None  # who did not list the other

    def __str__(self) -> str:
        """Say it in a sentence."""
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
