"""Who works for long gives way, so that a socket is looked at before the work is done."""

import os
import subprocess
import sys

from tests.conftest import ROOT

PROGRAM = """
from gevent import monkey
monkey.patch_all()
import socket, gevent
from server.event_loop import give_way

mine, other = socket.socketpair()
heard_after = []

def listens():
    mine.recv(1)
    heard_after.append(len(steps))

steps = []
listener = gevent.spawn(listens)
gevent.sleep(0.01)
other.send(b"x")
for step in range(40):
    steps.append(step)
    give_way()
listener.join()
print(heard_after[0])
"""


def test_a_socket_is_looked_at_when_somebody_gives_way():
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, check=True, timeout=60)
    assert int(done.stdout) <= 3
