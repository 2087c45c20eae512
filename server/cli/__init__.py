"""The commands that operators run: `flask --app wsgi …`."""

from flask import Flask

from server.accounts.parts import AccountParts
from server.backend import Backend
from server.cli.cohort import cohort
from server.cli.figures import figures
from server.cli.match import match
from server.cli.records import records
from server.cli.seed import seed
from server.cli.specialist import specialist
from server.cli.user import user
from server.jobs.batch_matching import BatchMatching
from server.jobs.specialist_index import SpecialistIndex
from server.queries.figures import Figures
from server.store.accounts import AccountStore
from server.store.database import Mongo
from server.store.reader import Reader
from server.store.sessions import Sessions


def add_commands(
    app: Flask,
    people: AccountParts,
    backend: Backend,
    batch: BatchMatching,
    specialist_index: SpecialistIndex,
    database: Mongo,
) -> None:
    """Add Beside's commands to `flask`."""
    app.cli.add_command(user(people.accounts, people.factors))
    app.cli.add_command(specialist(backend))
    app.cli.add_command(records(database))
    reader = Reader(database, Sessions(database))
    app.cli.add_command(match(batch, reader, specialist_index))
    app.cli.add_command(figures(Figures(reader, specialist_index, backend.now)))
    app.cli.add_command(cohort())
    app.cli.add_command(seed(people.accounts, AccountStore(database), backend))
