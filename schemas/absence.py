"""Absences: the times at which Beside could serve nobody. No phone sees them."""

from schemas.base import Moment, Strict


class AddAbsence(Strict):
    """Say that nobody could be served from one time to another."""

    since = Moment(required=True)
    until = Moment(required=True)
