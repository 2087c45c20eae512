"""Accounts, from the command line."""

from collections.abc import Mapping
from typing import Any

import click
import orjson

from schemas.operator import MOST_USERS, ROLES
from server.cli.group import Columns, Group, answer, as_json, table, yes
from server.cli.moments import written
from server.cli.tools import Tools
from sync.record import FAR

COLUMNS: Columns = {
    "handle": str,
    "role": str,
    "created_on": str,
    "seen_on": lambda day: day or "never",
    "devices": str,
    "factors": lambda names: ", ".join(names) or "none",
    "suspended_until": lambda at: "" if at is None else "for ever" if at == FAR else written(at),
}

handle = click.argument("handle")


def group(tools: Tools) -> Group:
    """Return `flask user …`."""
    commands = Group("user", tools, "Accounts.")
    for add in (_add_create, _add_list, _add_resets, _add_role, _add_endings):
        add(commands, tools)
    return commands


def _add_create(commands: Group, tools: Tools) -> None:
    @commands.command("create")
    @handle
    @click.option("--role", type=click.Choice(ROLES), default="operator", show_default=True)
    @click.password_option("--passphrase", envvar="PASSPHRASE", help="Asked for if left out; 10 characters or more.")
    @as_json
    def create(handle: str, role: str, passphrase: str, *, as_json: bool) -> None:
        """Make an account; the first operator's account is made in this way."""
        from schemas.account import NewUser

        asked = {"handle": handle, "passphrase": passphrase, "role": role}
        for field, errors in NewUser().validate(asked).items():
            raise click.ClickException(f"{field}: {errors[0]}")
        made = tools.accounts.create(handle, passphrase, role, by=tools.operator.user)
        answer({"user": made, "handle": handle, "role": role}, f"{role} {handle} is {made}", as_json=as_json)


def _add_list(commands: Group, tools: Tools) -> None:
    @commands.command("list")
    @click.option("--handle", default="", help="The beginning of their handles.")
    @click.option("--role", type=click.Choice(ROLES))
    @click.option("--after", default="", help="The last handle of the page before.")
    @click.option("--limit", type=click.IntRange(1, MOST_USERS), default=50, show_default=True)
    @as_json
    def find(*, as_json: bool, **args: Any) -> None:
        """List accounts in the order of their handles."""
        found = tools.lists.users(tools.operator, args)
        more = f"\nThere are more: --after {found['after']}" if found["after"] else ""
        answer(found, table(found["users"], COLUMNS, "There is no such account.") + more, as_json=as_json)


def _add_resets(commands: Group, tools: Tools) -> None:
    @commands.command("reset-passphrase")
    @handle
    @as_json
    def reset_passphrase(handle: str, *, as_json: bool) -> None:
        """Make a code with which a user who has forgotten their passphrase can choose another one."""
        made = tools.administration.reset_passphrase(tools.operator, tools.administration.named(handle))
        until = written(made["expires_at"])
        answer(made, f"{handle}: {made['code']} is good for one new passphrase until {until}", as_json=as_json)

    @commands.command("reset-factor")
    @handle
    @as_json
    def reset_factor(handle: str, *, as_json: bool) -> None:
        """Remove the authenticator app and the passkeys of somebody who has lost them, and sign all devices out."""
        removed = tools.administration.reset_factors(tools.operator, tools.administration.named(handle))
        app = "the authenticator app is removed" if removed["totp"] else "there was no authenticator app"
        counts = f"passkeys removed: {removed['passkeys']}; devices signed out: {removed['devices']}"
        answer(removed, f"{handle}: {app}; {counts}", as_json=as_json)


def _add_role(commands: Group, tools: Tools) -> None:
    @commands.command("role")
    @handle
    @click.argument("role", type=click.Choice(ROLES))
    @as_json
    def change(handle: str, role: str, *, as_json: bool) -> None:
        """Give a user another role, and sign all their devices out."""
        changed = tools.administration.change_role(tools.operator, tools.administration.named(handle), role)
        answer(changed, _changed(handle, changed), as_json=as_json)


def _add_endings(commands: Group, tools: Tools) -> None:
    @commands.command("sign-out")
    @handle
    @as_json
    def sign_out(handle: str, *, as_json: bool) -> None:
        """Sign all devices of a user out. Those that are connected are disconnected within 5 seconds."""
        done = tools.administration.sign_out(tools.operator, tools.administration.named(handle))
        answer(done, f"{handle}: devices signed out: {done['devices']}", as_json=as_json)

    @commands.command("delete")
    @handle
    @yes
    @as_json
    def delete(handle: str, *, yes: bool, as_json: bool) -> None:
        """Delete an account. The people who rely on the user are told, and looked after, first."""
        account = tools.administration.named(handle)
        if not yes:
            click.confirm(f"Delete the account of {handle} ({account['role']}) for ever?", abort=True, err=True)
        done = tools.administration.delete(tools.operator, account)
        said = f"{handle}: the account is deleted. The receipt of the erasure, which nobody can make again:"
        receipt = {name: done[name] for name in ("receipt", "signature", "public_key")}
        answer(done, f"{said}\n{orjson.dumps(receipt).decode()}", as_json=as_json)


def _changed(handle: str, changed: Mapping[str, Any]) -> str:
    if changed["role"] == changed["before"]:
        return f"{handle} is {changed['role']} already"
    needs = "; needs a second factor before anything else" if changed["needs_factor"] else ""
    said = f"{handle} was {changed['before']} and is {changed['role']}; devices signed out: {changed['devices']}"
    return said + needs
