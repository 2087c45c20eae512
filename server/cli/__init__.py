"""What operators do from the command line: `flask --app wsgi …`."""

from flask import Flask

from server.accounts.accounts import Accounts
from server.backend import Backend
from server.cli.cohort import cohort
from server.cli.match import match
from server.cli.records import records
from server.cli.seed import seed
from server.cli.specialist import specialist
from server.cli.user import user
from server.jobs.batch_matching import Batch
from server.jobs.specialist_index import Roster
from server.store.accounts import People
from server.store.database import Mongo
from server.store.reader import Feed


def add_commands(
    app: Flask, accounts: Accounts, backend: Backend, batch: Batch, roster: Roster, database: Mongo
) -> None:
    """Add Beside's commands to `flask`."""
    app.cli.add_command(user(accounts))
    app.cli.add_command(specialist(backend))
    app.cli.add_command(records(database))
    app.cli.add_command(match(batch, Feed(database), roster))
    app.cli.add_command(cohort())
    app.cli.add_command(seed(accounts, People(database), backend))
