"""What operators do from the command line: `flask --app wsgi …`."""

import click
from flask import Flask
from flask.cli import AppGroup

from schemas.account import CreateUser
from server.accounts import Accounts
from server.errors import Problem
from server.store.database import Mongo
from server.store.expiry import expire_tombstones
from server.store.migrations import MIGRATIONS, pending


def add_commands(app: Flask, accounts: Accounts, database: Mongo) -> None:
    """Add Beside's commands to `flask`."""
    app.cli.add_command(_user(accounts))
    app.cli.add_command(_records(database))


def _user(accounts: Accounts) -> AppGroup:
    user = AppGroup("user", help="Accounts.")

    @user.command("create")
    @click.argument("handle")
    @click.option("--role", type=click.Choice(["peer", "specialist", "supervisor", "operator"]), default="operator")
    @click.password_option("--passphrase", envvar="PASSPHRASE", help="Asked for if left out; 10 characters or more.")
    def create(handle: str, role: str, passphrase: str) -> None:
        """Make an account; this is how the first operator comes to be."""
        asked = {"handle": handle, "passphrase": passphrase, "role": role}
        for field, errors in CreateUser().validate(asked).items():
            raise click.ClickException(f"{field}: {errors[0]}")
        try:
            made = accounts.create(handle, passphrase, role)
        except Problem as problem:
            raise click.ClickException(problem.message) from problem
        click.echo(f"{role} {handle} is {made}")

    return user


def _records(database: Mongo) -> AppGroup:
    records = AppGroup("records", help="Housekeeping.")

    @records.command("migrations")
    def migrations() -> None:
        """List the steps that lay out the database, and which are still to be done."""
        waiting = {migration.number for migration in pending(database)}
        for migration in MIGRATIONS:
            click.echo(
                f"{migration.number:>3}  {'to do' if migration.number in waiting else 'done '}  {migration.what}"
            )

    @records.command("expire")
    @click.argument("space")
    @click.argument("seq", type=click.IntRange(1))
    def expire(space: str, seq: int) -> None:
        """Remove the tombstones of SPACE up to SEQ; phones that have not seen them start that space over."""
        click.echo(f"{expire_tombstones(database, space, seq)} tombstones removed")

    return records
