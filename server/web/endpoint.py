"""An HTTP endpoint: its path, the schemas of its request and its answer, and its function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import Response
from marshmallow import Schema
from werkzeug.datastructures import Headers, MultiDict

from schemas.base import Strict
from schemas.errors import BadRequest
from server.commands.context import Caller
from server.validation import loaded
from sync.record import Wire

API = "/api/v1"  # where all endpoints are
EVENTS = "text/event-stream"
LARGEST_BODY = 4 * 1024 * 1024  # bytes of the longest body of all endpoints: an outbox of 500 mutations


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method on one path. ``run`` returns the answer, or raises a Problem, which becomes the answer."""

    method: str
    path: str  # as Flask writes it
    summary: str
    run: Callable[["Request"], Wire | Response]
    answer: type[Schema] | Schema
    body: type[Schema] | Schema | None = None
    query: type[Schema] | None = None
    tag: str = "sync"
    public: bool = False  # no access token needed
    audited: bool = False  # each request is in the security log: it shows staff a person, or changes an account
    for_set_up: bool = False  # also open to staff who must still set up a second factor
    largest: int = 64 * 1024  # bytes of the body
    headers: tuple[str, ...] = ()  # request headers that the endpoint reads, for the API description
    media: str = "application/json"  # of the answer; a request for a stream of events may have its token in the query

    @property
    def may_be_kept(self) -> bool:
        """True if the answer is the same for all callers: clients may cache it, and revalidate it by its ETag."""
        return self.public and self.method == "GET"


@dataclass(frozen=True)
class Request:
    """The request that an endpoint's function takes."""

    endpoint: Endpoint
    who: Caller | None
    body: Any
    query: MultiDict[str, str]
    path: Mapping[str, str]
    address: str
    headers: Headers
    token: str

    @property
    def caller(self) -> Caller:
        """The caller; raises AttributeError on a public endpoint, which has none."""
        if self.who is None:
            raise AttributeError("A public endpoint has no caller.")
        return self.who

    @cached_property
    def args(self) -> Wire:
        """The loaded body, or the query if the endpoint takes no body; raises BadRequest that names the field."""
        schema = self.endpoint.body
        if schema is None:
            return self.queried(self.endpoint.query or Strict)
        return loaded(schema() if isinstance(schema, type) else schema, self.body)

    @property
    def items(self) -> list[Wire]:
        """The loaded body of an endpoint that takes a list; raises BadRequest that names the field."""
        return list(self.args)  # type: ignore[arg-type]  # a schema with many=True loads a list

    def queried(self, schema: type[Schema]) -> Wire:
        """Return the query string as a schema loads it; raises BadRequest that names the field."""
        for name, values in self.query.lists():
            if len(values) > 1:
                raise BadRequest(f"{name}: Send it once.", field=name)
        return loaded(schema(), dict(self.query))
