"""A phone that is connected when its user is suspended is disconnected at once, and so stores nothing afterwards."""

import time

from tests.phone import Phone
from tests.transports import Http, Socket
from tests.waiting import PATIENCE


def test_a_connected_phone_of_somebody_who_is_removed_is_disconnected(server):
    ann, olga = server.user(), server.user("operator")
    socket, http = Socket(server.address, ann["access_token"]), Http(server.address, olga["access_token"])
    phone, staff = (
        Phone(transport, who["user"], who["device"], lambda: int(time.time() * 1000))
        for transport, who in ((socket, ann), (http, olga))
    )
    assert phone.do("note.put", id="n1", body="before")["ok"]
    assert staff.do("sanction.impose", handle=ann["handle"], action="removed", words="x")["ok"]
    assert socket.closed.wait(PATIENCE)
    assert http.client.get("devices").status_code == 200, "nobody else is"
    http.close(), socket.close()
