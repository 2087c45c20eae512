"""Accounts, from the command line."""

import click
from flask.cli import AppGroup

from schemas.account import CreateUser
from schemas.errors import Problem
from server.accounts.accounts import Accounts
from server.accounts.factors import Factors


def user(accounts: Accounts, factors: Factors) -> AppGroup:
    """Return `flask user …`."""
    group = AppGroup("user", help="Accounts.")

    @group.command("create")
    @click.argument("handle")
    @click.option("--role", type=click.Choice(["peer", "specialist", "supervisor", "operator"]), default="operator")
    @click.password_option("--passphrase", envvar="PASSPHRASE", help="Asked for if left out; 10 characters or more.")
    def create(handle: str, role: str, passphrase: str) -> None:
        """Make an account; the first operator's account is made in this way."""
        asked = {"handle": handle, "passphrase": passphrase, "role": role}
        for field, errors in CreateUser().validate(asked).items():
            raise click.ClickException(f"{field}: {errors[0]}")
        try:
            made = accounts.create(handle, passphrase, role)
        except Problem as problem:
            raise click.ClickException(problem.message) from problem
        click.echo(f"{role} {handle} is {made}")

    @group.command("reset-factor")
    @click.argument("handle")
    def reset_factor(handle: str) -> None:
        """Remove the authenticator app and the passkeys of somebody who has lost them, and sign all devices out."""
        try:
            removed = factors.reset(handle)
        except Problem as problem:
            raise click.ClickException(problem.message) from problem
        app = "the authenticator app is removed" if removed["totp"] else "there was no authenticator app"
        click.echo(
            f"{handle}: {app}; passkeys removed: {removed['passkeys']}; devices signed out: {removed['devices']}"
        )

    return group
