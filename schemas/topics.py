"""The ids of topics, as they cross the wire. The list of topics is data: server/matching/topics.json."""

from typing import Any

from marshmallow import fields, validate

from schemas.base import Whole, at_most
from schemas.typed import Listed

NAME = r"^[a-z][a-z0-9_]{1,39}$"


class Topic(Listed):
    """The id of a topic, or a tag that users give themselves."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every field."""
        error = "Use the id of a topic, from GET /api/v1/topics, or a tag of small letters, digits and '_'."
        super().__init__(validate=Whole(NAME, error=error), **kwargs)


class Weights(fields.Dict):
    """{topic: 1 to 3}: how much each topic matters."""

    def __init__(self, most: int, **kwargs: Any) -> None:
        """Take the largest number of topics, and the arguments of every field."""
        weight = fields.Integer(strict=True, validate=validate.Range(1, 3))
        super().__init__(keys=Topic(), values=weight, validate=at_most(most), **kwargs)
