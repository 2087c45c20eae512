"""Connecting to MongoDB, with every read and write setting that Beside relies on set explicitly."""

from typing import Any

from bson.codec_options import CodecOptions
from pymongo import MongoClient, ReadPreference
from pymongo.database import Database
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]
Mongo = Database[Document]

NAME = "beside"
TIMEOUT = 5000  # ms that any call to the database may take
POOL = 32  # connections of one worker
DURABLE = WriteConcern(w="majority", j=True)  # pass it to transactions: they inherit the client's, not the database's


def connect(uri: str) -> Mongo:
    """Return the database at a URI. Its name is the URI's path, or 'beside'.

    Does not wait for the database server: the first operation does, for at most TIMEOUT.
    """
    client: MongoClient[Document] = MongoClient(uri, timeoutMS=TIMEOUT, maxPoolSize=POOL, appname="beside")
    return database(client, client.get_default_database(NAME).name)


def database(client: MongoClient[Document], name: str) -> Mongo:
    """Return a database of a client whose reads and writes survive the loss of a server."""
    return client.get_database(
        name,
        codec_options=CodecOptions(document_class=dict),
        read_preference=ReadPreference.PRIMARY,
        read_concern=ReadConcern("majority"),
        write_concern=DURABLE,
    )
