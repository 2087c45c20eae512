"""Builds the API descriptions from the tables that serve the API: OpenAPI 3.1 for HTTP, AsyncAPI 3.0 for the socket."""

import re
from collections.abc import Iterable
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, resolver
from marshmallow import Schema

from schemas import protocol, socket
from schemas.errors import CATALOG
from server.realtime.events import PHONE_SENDS, SERVER_SENDS
from server.web import examples
from server.web.endpoint import Endpoint
from server.web.record_shapes import mapping, with_records
from sync.record import Wire

VERSION = "1.0.0"
ABOUT = "The offline-first backend of peer support apps. See docs/protocol.md for how a phone uses it."
START = (
    "Register or log in, then give the access token to Authorize. The socket is in [/asyncapi.json](/asyncapi.json)."
)
EXAMPLES = (
    "Every example can be sent as it stands. If it names a space, a pairing, a record or a person that is made up, the "
    "answer is `not_found`: put in one of yours, from `GET /api/v1/spaces` or `POST /api/v1/pull`. If a token is made "
    "up, the answer is `unauthenticated`. If the example is for another role than yours, the answer is `forbidden`."
)


def openapi(endpoints: Iterable[Endpoint], now: int) -> Wire:
    """Return the OpenAPI description of some endpoints; the times in its examples are after ``now`` (ms)."""
    spec = _spec("3.1.0")
    spec.options["info"] = {"description": f"{ABOUT}\n\n{START}\n\n{EXAMPLES}"}
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"})
    bodies = examples.bodies(now)
    for endpoint in endpoints:
        path = re.sub(r"<(\w+)>", r"{\1}", endpoint.path)
        operation = _operation(endpoint, bodies.get(f"{endpoint.method} {endpoint.path}"))
        spec.path(path, operations={endpoint.method.lower(): operation})
    described = dict(spec.to_dict())
    told_apart = {"propertyName": "kind", "mapping": mapping()}
    described["components"]["schemas"] = _with_records(spec, described["components"]["schemas"], told_apart)
    return described


def asyncapi(now: int) -> Wire:
    """Return the AsyncAPI description of the socket's events; the times in its examples are after ``now`` (ms)."""
    spec = _spec("3.1.0")
    shapes: dict[str, type[Schema]] = {"connect": socket.Greeting, "failure": protocol.Failure, **SERVER_SENDS}
    operations = {name: _event("send", name) for name in SERVER_SENDS}
    for name, (body, answer) in PHONE_SENDS.items():
        shapes |= {name: body, f"{name}.answer": answer}
        operations[name] = _event("receive", name) | {"reply": _messages(f"{name}.answer", "failure")}
    messages: Wire = {name: {"name": name, "payload": _schema(spec, shape)} for name, shape in shapes.items()}
    for name, example in examples.events(now).items():
        messages[name]["examples"] = [{"payload": example}]
    about = "Socket.IO 5 over WebSocket. A phone connects with `auth` as in the message `connect`."
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Beside", "version": VERSION, "description": ABOUT},
        "channels": {"socket": {"address": "/socket.io/", "description": about, "messages": messages}},
        "operations": operations,
        "components": {"schemas": _with_records(spec, spec.to_dict()["components"]["schemas"], "kind")},
    }


def _with_records(spec: APISpec, schemas: Wire, discriminator: Any) -> Wire:
    """Return the schemas, with one added for each kind of record."""
    [plugin] = [one for one in spec.plugins if isinstance(one, MarshmallowPlugin)]
    converter = plugin.converter
    if converter is None:
        raise AttributeError("The plugin has a converter once the description has begun.")
    return with_records(schemas, converter.field2property, discriminator)


def _event(action: str, name: str) -> Wire:
    return {"action": action, **_messages(name)}


def _messages(*names: str) -> Wire:
    messages = [{"$ref": f"#/channels/socket/messages/{name}"} for name in names]
    return {"channel": {"$ref": "#/channels/socket"}, "messages": messages}


def _spec(version: str) -> APISpec:
    plugin = MarshmallowPlugin(schema_name_resolver=resolver)
    return APISpec("Beside", VERSION, version, plugins=[plugin], info={"description": ABOUT})


def _schema(spec: APISpec, schema: type[Schema]) -> Wire:
    name = schema.__name__
    if name not in spec.components.schemas:
        spec.components.schema(name, schema=schema)
    return {"$ref": f"#/components/schemas/{name}"}


def _operation(endpoint: Endpoint, example: Any) -> Wire:
    operation: Wire = {
        "summary": endpoint.summary,
        "tags": [endpoint.tag],
        "operationId": f"{endpoint.method.lower()}{re.sub(r'[^a-z]+', '_', endpoint.path.removeprefix('/api/v1'))}",
        "parameters": [*_path(endpoint.path), *_headers(endpoint.headers)],
        "responses": {"200": _content(endpoint.answer, "Done.", endpoint.media), **_failures(endpoint)},
    }
    if endpoint.body is not None:
        content = {"schema": endpoint.body, **({} if example is None else {"example": example})}
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    if endpoint.query is not None:
        operation["parameters"].append({"in": "query", "schema": endpoint.query})
    if endpoint.public:
        operation["description"] = "No access token is needed: nobody has to be signed in."
    else:
        operation["security"] = [{"token": []}]
    return operation


def _path(path: str) -> list[Wire]:
    return [
        {"in": "path", "name": name, "required": True, "schema": {"type": "string"}, "example": examples.PATH[name]}
        for name in re.findall(r"<(\w+)>", path)
    ]


def _headers(names: tuple[str, ...]) -> list[Wire]:
    return [{"in": "header", "name": name, "schema": {"type": "string"}} for name in names]


def _failures(endpoint: Endpoint) -> dict[str, Any]:
    """Return {status: answer} of all failures. The answer of `mutate` is an outcome; all others are the error alone."""
    codes: dict[str, list[str]] = {}
    for problem in CATALOG.values():
        codes.setdefault(str(problem.status), []).append(problem.code)
    shape = protocol.Result if endpoint.path.endswith("/mutate") else protocol.Failure
    failures = {status: _content(shape, " or ".join(names)) for status, names in sorted(codes.items())}
    may_be_304 = endpoint.may_be_kept or endpoint.path.endswith("/pull")
    return {**failures, "304": {"description": "Nothing is new."}} if may_be_304 else failures


def _content(schema: type[Schema] | Schema, description: str | None = None, media: str = "application/json") -> Wire:
    content = {"content": {media: {"schema": schema}}}
    return content if description is None else {"description": description, **content}
