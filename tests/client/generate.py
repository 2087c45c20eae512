"""Writes client/src/generated.ts: every command's arguments, every kind's data and every error code, as TypeScript.

They come from the schemas with which the server validates. ``make client-types`` runs this.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import server.commands  # noqa: F401 — the import registers the commands
from schemas.errors import CATALOG
from schemas.table import TABLES, RowCommand, Table
from server.backend import Backend
from server.commands.context import COMMANDS
from server.web.description import openapi
from server.web.endpoint import API
from server.web.sync import commands

GENERATED = Path(__file__).parent.parent.parent / "client" / "src" / "generated.ts"
HEAD = """\
/** What the server takes and gives, made from its schemas by `make client-types`: do not edit. */

import type { RowCommand } from "./guesses.js";
"""
DECIDED = {  # commands whose record differs from their args: no optimistic row is shown
    "agreement.propose", "disclosure.seal", "escalation.record", "question.withdraw", "request.choose",
    "request.widen", "session.close",
}  # fmt: skip
DROPPED = {  # {command: args that its record does not hold}
    "block.set": ["report"],
    "fact.put": ["seen"],
    "offer.accept": ["name", "terms"],
    "pairing.end": ["words"],
    "offer.decline": ["not_now"],
    "pairing.rematch": ["reason"],
    "suggestion.ask": ["text"],
}
SETS = {"pairing.rematch": {"state": "ended"}}  # {command: fields}, where client databases write a marker instead
OF_RECORD = {"id", "space"}  # columns that name a record
PLAIN = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}

Shape = Mapping[str, Any]


def generated() -> str:
    """Return the module."""
    described = openapi(commands(cast(Backend, None)), 0)
    schemas = described["components"]["schemas"]
    of_commands = {name: _body(described, name) for name in sorted(COMMANDS) if not COMMANDS[name].internal}
    of_kinds = {kind: schemas[f"{_title(kind)}Data"] for kind in sorted(TABLES)}
    named = {
        name: schemas[name] for shape in [*of_commands.values(), *of_kinds.values()] for name in _named(shape, schemas)
    }
    parts = [
        HEAD,
        *(f"export {_interface(name, shape)}" for name, shape in sorted(named.items())),
        "/** The arguments of every command. */\n" + _table("Commands", of_commands),
        "/** The data of the records of every kind. */\n" + _table("Kinds", of_kinds),
        "export type CommandName = keyof Commands;\nexport type Kind = keyof Kinds;\n",
        _codes(),
        _row_commands(),
    ]
    return "\n".join(parts)


def _body(described: Shape, name: str) -> Shape:
    operation = described["paths"][f"{API}/{name.replace('.', '/')}"]["post"]
    content: Shape = operation["requestBody"]["content"]["application/json"]["schema"]
    resolved: Shape = described["components"]["schemas"][content["$ref"].rpartition("/")[2]]
    return {**resolved, "description": operation["summary"]}


def _named(shape: Any, schemas: Shape) -> Iterator[str]:
    """Yield the names of the schemas that a shape refers to."""
    if isinstance(shape, Mapping):
        if "$ref" in shape:
            name = shape["$ref"].rpartition("/")[2]
            yield name
            yield from _named(schemas[name], schemas)
        for inner in shape.values():
            yield from _named(inner, schemas)
    elif isinstance(shape, list):
        for inner in shape:
            yield from _named(inner, schemas)


def _table(name: str, shapes: Mapping[str, Shape]) -> str:
    rows = "".join(f"{_comment(shape, 2)}  {json.dumps(key)}: {_type(shape, 2)};\n" for key, shape in shapes.items())
    return f"export interface {name} {{\n{rows}}}\n"


def _interface(name: str, shape: Shape) -> str:
    return f"interface {name} {_type(shape, 0)}\n"


def _type(shape: Shape, indent: int) -> str:
    """Return a JSON Schema as a type of TypeScript."""
    if "$ref" in shape:
        return cast(str, shape["$ref"].rpartition("/")[2])
    for several in ("anyOf", "oneOf", "allOf"):
        if several in shape:
            return (" & " if several == "allOf" else " | ").join(_type(one, indent) for one in shape[several])
    if "enum" in shape:
        return " | ".join(map(json.dumps, shape["enum"]))
    kinds = shape.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(_of_kind(kind, shape, indent) for kind in kinds) or "unknown"


def _of_kind(kind: str, shape: Shape, indent: int) -> str:
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "array":
        inner = _type(shape.get("items", {}), indent)
        return f"readonly ({inner})[]" if " " in inner else f"readonly {inner}[]"
    if "properties" in shape:
        return _object(shape, indent)
    inner = _type(shape["additionalProperties"], indent) if shape.get("additionalProperties") else "unknown"
    return f"{{ readonly [name: string]: {inner} }}"


def _object(shape: Shape, indent: int) -> str:
    required = shape.get("required", ())
    space = " " * indent
    rows = ""
    for name, one in shape["properties"].items():
        mark = "" if name in required else "?"
        rows += f"{_comment(one, indent + 2)}{space}  readonly {name}{mark}: {_type(one, indent + 2)};\n"
    return f"{{\n{rows}{space}}}" if rows else "{ readonly [name: string]: never }"


def _comment(shape: Shape, indent: int) -> str:
    text = " ".join(shape.get("description", "").split()).replace("*/", "* /")
    return f"{' ' * indent}/** {text} */\n" if text else ""


def _codes() -> str:
    rows = "".join(f"  /** {_first_line(problem)} */\n  | {json.dumps(code)}\n" for code, problem in CATALOG.items())
    return f"/** Every refusal that the server can give. */\nexport type ErrorCode =\n{rows.rstrip()};\n"


def _first_line(documented: type) -> str:
    return (documented.__doc__ or "").splitlines()[0].replace("``", "`")


def _row_commands() -> str:
    rows = {command: rule for table in TABLES.values() for command, rule in _rules(table)}
    lines = "".join(f"  {json.dumps(command)}: {json.dumps(rule)},\n" for command, rule in sorted(rows.items()))
    about = "/** How commands write rows: what their optimistic rows are made of. */\n"
    return f"{about}export const ROW_COMMANDS: Readonly<Record<string, RowCommand>> = {{\n{lines}}};\n"


def _rules(table: Table) -> Iterator[tuple[str, dict[str, Any]]]:
    for row_command in (*table.updates, table.create):
        if row_command is not None and row_command.command not in DECIDED:
            yield row_command.command, _rule(table, row_command)
    if table.delete is not None:
        yield table.delete.command, {"deletes": True}


def _rule(table: Table, row_command: RowCommand) -> dict[str, Any]:
    """Return a command's RowCommand for client/src/guesses.ts: only the rules that its args do not give."""
    args = {**row_command.also, **row_command.args}
    rule: dict[str, Any] = {}
    named = [arg for arg, to in args.items() if to == "id" and arg != "id"]
    if named:
        [rule["id"]] = named
    renamed = {arg: to for arg, to in args.items() if arg != to and to not in OF_RECORD}
    if renamed:
        rule["fields"] = renamed
    if row_command.on:
        rule["sets"] = SETS.get(row_command.command, dict(row_command.on))
    if row_command.command in DROPPED:
        rule["drops"] = DROPPED[row_command.command]
    if table.time and row_command is table.create:
        rule["time"] = table.time
    return rule


def _title(kind: str) -> str:
    return "".join(part.title() for part in kind.split("_"))


if __name__ == "__main__":
    GENERATED.write_text(generated())
