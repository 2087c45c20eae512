"""The events of the socket: what phones may send, and what the server sends. A test checks that all are served."""

from marshmallow import Schema

from schemas import account, protocol, rxdb, socket

PHONE_SENDS: dict[str, tuple[type[Schema], type[Schema]]] = {  # the body, and the acknowledgement
    "mutate": (protocol.Mutation, protocol.Result),
    "push": (protocol.Push, protocol.Outcomes),
    "pull": (protocol.Pull, protocol.Page),
    "sync": (protocol.Sync, protocol.Synced),
    "renew": (socket.Renewal, account.Done),
    "sync:subscribe": (rxdb.Subscribe, account.Done),
}
SERVER_SENDS: dict[str, type[Schema]] = {
    "change": socket.Frame,
    "page": protocol.Page,
    "missed": socket.Missed,
    "restart": socket.Restart,
    "sync:changes": rxdb.LiveDocuments,
    "sync:resync": rxdb.Resync,
}
