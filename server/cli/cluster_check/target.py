"""The deployment that is checked: the one of a URI, connected to as the product connects to it."""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure, PyMongoError

from server.cli.cluster_check.report import words
from server.store.database import Document, Mongo, connect
from server.store.topology import EMBEDDED, ROUTER

REFUSED = {8000, 18}  # error codes of a wrong user or password: of Atlas, and of every other server
UNKNOWN_COMMAND = 59  # the code of a command that a server does not have
NOT_READABLE = (
    "MONGODB_URI cannot be read, or its name is not found. It has the form mongodb://USER:PASSWORD@HOST:PORT/DATABASE; "
    "a special character in the password is written as in %40 for @."
)


class Unreachable(Exception):
    """The database cannot be connected to; the message says why, without the password."""


@dataclass(frozen=True)
class Target:
    """A deployment that answers, and how it is to be checked."""

    uri: str
    main: Mongo  # the database that the URI names; the check only reads here
    hello: Document
    seconds: float  # of load
    fails_over: bool

    @property
    def is_cluster(self) -> bool:
        """Whether this is a router of a sharded cluster."""
        return self.hello.get("msg") == ROUTER

    @property
    def is_embedded(self) -> bool:
        """Whether this is the embedded database."""
        return self.hello.get("setName") == EMBEDDED


def reached(uri: str, seconds: float, *, fails_over: bool) -> Target:
    """Connect to the deployment of a URI; raises Unreachable."""
    try:
        main = connect(uri)
    except (ConfigurationError, ValueError) as error:  # its message may have the password
        raise Unreachable(NOT_READABLE) from error
    try:
        main.client.admin.command("ping")
        return Target(uri, main, main.client.admin.command("hello"), seconds, fails_over)
    except PyMongoError as error:
        main.client.close()
        raise Unreachable(_without_password(uri, _why(error))) from error


def _why(error: PyMongoError) -> str:
    if isinstance(error, ConnectionFailure):
        return f"The database at MONGODB_URI does not answer, or has no primary. {words(error)}"
    if isinstance(error, OperationFailure) and error.code in REFUSED:
        return "The database does not accept the user or the password in MONGODB_URI."
    return f"The database refuses to be asked: {words(error)}"


def _without_password(uri: str, text: str) -> str:
    password = urlsplit(uri).netloc.rpartition("@")[0].partition(":")[2]
    for secret in {password, unquote(password)} - {""}:
        text = text.replace(secret, "***")
    return text
