"""Dates as people write them: `2027-01-01`, or `2027-01-01 18:00`, in a time zone."""

from datetime import UTC, datetime, tzinfo

import click

USE = "write a date such as 2027-01-01, or '2027-01-01 18:00'."
FORMS = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M")

zone = click.option(
    "--zone", default=None, help="The time zone of dates, such as Europe/Berlin; else that of the server."
)


def moment(field: str, text: str, zone: str | None, now: int) -> int:
    """Return a date in ms since the epoch; a date without a time means 0:00 of that day.

    Raises BadParameter, which names the field, unless it is a date that is still to come.
    """
    place = _place(zone)
    for form in FORMS:
        try:
            found = datetime.strptime(text.strip(), form)  # noqa: DTZ007 — its zone follows
        except ValueError:
            continue
        at = int((found.astimezone() if place is None else found.replace(tzinfo=place)).timestamp() * 1000)
        if at <= now:
            raise click.BadParameter(f"{text} is over; {USE}", param_hint=f"'{field}'")
        return at
    raise click.BadParameter(f"'{text}' is no date; {USE}", param_hint=f"'{field}'")


def written(at: int, zone: str | None = None) -> str:
    """Return a time in ms as people write it, with its zone."""
    there = datetime.fromtimestamp(at / 1000, UTC).astimezone(_place(zone))
    return f"{there:%Y-%m-%d %H:%M} ({zone or there.tzname()})"


def _place(zone: str | None) -> tzinfo | None:
    """Return a time zone by its name; None: that of the server. Raises BadParameter."""
    if zone is None:
        return None
    from server.matching.hours import require_zone

    try:
        return require_zone(zone)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--zone'") from error
