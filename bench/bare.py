"""The least that a chat on this stack could do: `gunicorn bench.bare:app` validates, broadcasts and acknowledges.

It has the same gunicorn, the same gevent, the same Socket.IO server on the same WebSocket transport, and the same
schemas, frames and settings as Beside. It has no accounts and checks no access: instead of an access token, a phone
sends the name of the space whose room it wants to be in. With MONGODB_URI=none it stores nothing; otherwise it stores
every message by one durable `insert_one`.
"""

import itertools
import os
import time
from dataclasses import replace
from typing import Any

from flask import Flask
from marshmallow import ValidationError
from pymongo import MongoClient

from schemas.message import SendMessage
from schemas.protocol import Mutation
from server import config
from server.bus import Bus
from server.bus.valkey import Valkey
from server.commands.context import Caller
from server.limits.pacing import Pacing
from server.realtime.server import PhoneSocketIO
from server.realtime.transport.websocket import WebSocket
from server.store.database import NAME, database

Wire = dict[str, Any]

settings = config.load()
uri = settings.mongodb_uri
messages = None if uri in {None, "none"} else database(MongoClient(uri), NAME).bare_messages
app = Flask("bare", static_folder=None)
app.add_url_rule("/readyz", view_func=lambda: str(os.getpid()))  # tells which worker this is
bus = Valkey(settings.bus_url, settings.master_keys) if settings.bus_url else Bus()
app.extensions["loops"] = (bus,)  # the only background loop
io = PhoneSocketIO(app, settings, bus, Pacing(replace(settings.limits, requests_per_second=0))).server
seqs = itertools.count(1)
_mutation, _message = Mutation(), SendMessage()


@io.on("connect")
def connect(sid: str, _environ: Wire, auth: Wire) -> None:
    """Put a phone into the room that it names, and accept its events from then on."""
    io.enter_room(sid, auth["token"])
    bus.flush()
    connection = WebSocket.connected.get(io.manager.eio_sid_from_sid(sid, "/"))
    if connection is not None:  # it is on our own transport
        connection.admit(Caller(sid, sid, "peer"))


@io.on("mutate")
def mutate(_sid: str, body: Wire) -> Wire:
    """Validate a message, store it if there is a database, broadcast it to the room, and acknowledge it."""
    try:
        asked = _mutation.load(body)
        args = _message.load(asked["args"])
    except ValidationError as error:
        return {"id": body.get("id"), "ok": False, "error": error.messages}
    change = _change(asked, args)
    if messages is not None:
        messages.insert_one({"_id": change["id"], **change})
    io.emit("change", {"space": args["space"], "seq": change["seq"], "change": change}, to=args["space"])
    return {"id": asked["id"], "ok": True, "changes": [change], "server_time": _now()}


def _change(asked: Wire, args: Wire) -> Wire:
    """Return a change with the same fields as Beside's."""
    seq = next(seqs)
    return {
        "id": args["id"],
        "kind": "message",
        "space": args["space"],
        "seq": seq,
        "first_seq": seq,
        "at": asked["at"],
        "author": "somebodyinthere1",
        "data": {"sent_at": _now(), "origin": args["origin"], "text": args["text"]},
    }


def _now() -> int:
    return time.time_ns() // 1_000_000
