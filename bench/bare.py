"""The least that a chat on this stack could do: `gunicorn bench.bare:app` validates, shows and answers.

Same gunicorn, same gevent, same Socket.IO server on the same WebSocket transport, the same schemas and the same
frames as Beside. It stores nothing, knows nobody, and believes what it is told: instead of an access token, a phone
sends the name of the space whose room it wants to be in.
"""

import itertools
import time
from typing import Any

from flask import Flask
from marshmallow import ValidationError

from bench.stage import ROOT
from schemas.message import SendMessage
from schemas.protocol import Mutation
from server.config import Config
from server.realtime.engine import socketio_server

Wire = dict[str, Any]

app = Flask("bare", static_folder=None)
app.add_url_rule("/readyz", view_func=lambda: "ready")
app.extensions["loops"] = ()  # nothing happens here by itself
io = socketio_server(app, Config(ROOT, None, ("no key at all",), (), 0, "INFO"))
seqs = itertools.count(1)
_mutation, _message = Mutation(), SendMessage()


@io.on("connect")
def connect(sid: str, _environ: Wire, auth: Wire) -> None:
    """Let a phone into the room it names."""
    io.enter_room(sid, auth["token"])


@io.on("mutate")
def mutate(_sid: str, body: Wire) -> Wire:
    """Validate a message, show it to the room, and answer."""
    try:
        asked = _mutation.load(body)
        args = _message.load(asked["args"])
    except ValidationError as error:
        return {"id": body.get("id"), "ok": False, "error": error.messages}
    change = _change(asked, args)
    io.emit("change", {"space": args["space"], "seq": change["seq"], "change": change}, to=args["space"])
    return {"id": asked["id"], "ok": True, "changes": [change], "server_time": _now()}


def _change(asked: Wire, args: Wire) -> Wire:
    """Return a change that looks just like Beside's."""
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
