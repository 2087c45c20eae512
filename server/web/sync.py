"""The endpoints of sync: the verbs, one endpoint for every command, the list of spaces, and their history."""

from collections.abc import Callable
from functools import partial
from typing import Any

import uuid_utils
from marshmallow import Schema

from schemas import protocol, reading
from schemas.errors import remembered
from server.backend import Backend
from server.commands import access
from server.commands.context import COMMANDS, Caller, Command
from server.store.reader import Reader
from server.validation import LARGEST_ITEM
from server.web.endpoint import API, LARGEST_BODY, Endpoint, Request
from sync.record import Wire, is_private

Verb = Callable[[Caller, Any], Wire]


def verbs(backend: Backend) -> list[Endpoint]:
    """Return the endpoints of the native protocol."""

    def posted(
        verb: Verb, summary: str, answer: type[Schema], body: type[Schema], largest: int = LARGEST_ITEM
    ) -> Endpoint:
        run = lambda request: verb(request.caller, request.body)  # noqa: E731 — one line, used once
        return Endpoint("POST", f"{API}/{verb.__name__}", summary, run, answer, body, largest=largest)

    def pull(request: Request) -> Wire:
        return backend.pull(request.caller, {**request.args, "seen": {}, "spaces": None})

    return [
        posted(backend.mutate, "Do one thing now.", protocol.Result, protocol.Mutation),
        posted(backend.push, "Work through an outbox.", protocol.Outcomes, protocol.Push, LARGEST_BODY),
        posted(backend.pull, "Ask for what is new.", protocol.Page, protocol.Pull),
        posted(backend.sync, "Push, then pull, in one round trip.", protocol.Synced, protocol.Sync, LARGEST_BODY),
        Endpoint(
            "GET",
            f"{API}/pull",
            "Ask for what is new, with an ETag.",
            pull,
            protocol.Page,
            query=reading.PullQuery,
            headers=("If-None-Match",),
        ),
    ]


def commands(backend: Backend) -> list[Endpoint]:
    """Return an endpoint for every command, so that developers can try each command in the API description."""
    return [_command(backend, command) for command in COMMANDS.values() if not command.internal]


def reads(reader: Reader) -> list[Endpoint]:
    """Return the endpoints for the list of spaces and for the history of a space."""

    def history(request: Request) -> Wire:
        space = request.path["space"]
        is_member = partial(reader.is_member, request.caller.user, space)
        read = partial(reader.history, space, request.args["before"], request.args["limit"])
        with reader.consistent():
            found, more = access.read_as_member(is_member, space, read)
        return {"changes": [record.change() for record in found], "more": more}

    return [
        Endpoint(
            "GET",
            f"{API}/spaces",
            "My spaces, with unread counts.",
            partial(_spaces, reader),
            reading.Spaces,
            query=reading.SpacesQuery,
            tag="reads",
        ),
        Endpoint(
            "GET",
            f"{API}/spaces/<space>/history",
            "Messages or notes before a place, newest first.",
            history,
            reading.History,
            query=reading.Before,
            tag="reads",
        ),
    ]


def _spaces(reader: Reader, request: Request) -> Wire:
    """Return a page of the caller's spaces, with the number of unread messages in each."""
    after, limit = request.args["after"], request.args["limit"]
    with reader.consistent():
        members = reader.memberships(request.caller.user)
        listed = [space for space in sorted(members, key=_private_first) if after is None or _is_after(space, after)]
        shown = {space: members[space] for space in listed[:limit]}
        extents, unread = reader.extents(shown), reader.unread(request.caller.user, shown)
    rows = [
        {"space": space, "member": member, "head": extents[space].head, "unread": unread[space].messages}
        for space, member in shown.items()
        if space in extents
    ]
    return {"spaces": rows, "more": len(listed) > limit}


def _private_first(space: str) -> tuple[bool, str]:
    """Return the sort key of a space in lists: the private space comes first."""
    return not is_private(space), space


def _is_after(space: str, other: str) -> bool:
    return _private_first(space) > _private_first(other)


def _command(backend: Backend, command: Command) -> Endpoint:
    def run(request: Request) -> Wire:
        mutation: dict[str, Any] = {
            "id": request.headers.get("Idempotency-Key") or str(uuid_utils.uuid7()),
            "name": command.name,
            "args": request.body,
            "at": f"{backend.now()}-0",
        }
        outcome = backend.mutate(request.caller, mutation)
        if not outcome["ok"]:
            raise remembered(outcome["error"])
        return outcome

    return Endpoint(
        "POST",
        f"{API}/{command.name.replace('.', '/')}",
        _first_line(command.decide.__doc__),
        run,
        protocol.Result,
        type(command.schema),
        tag=command.kind,
        largest=LARGEST_ITEM,
        headers=("Idempotency-Key",),
    )


def _first_line(doc: str | None) -> str:
    return (doc or "").strip().partition("\n")[0]
