"""A Node program of tests/clients, driven by one JSON line for each request and one for its answer."""

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

CLIENTS = Path(__file__).parent.parent / "clients"


class Failure(Exception):
    """The program could not do a request; the message is that of its error."""


class Program:
    """A running program. It is sent ``{"id", "do", ...}`` and answers ``{"id", "answer"}`` or ``{"id", "error"}``."""

    def __init__(self, script: str, *arguments: str | Path) -> None:
        self._complaints = tempfile.TemporaryFile("w+")  # noqa: SIM115 — closed by end()
        self._process = subprocess.Popen(
            ["node", CLIENTS / script, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
            encoding="utf-8",
        )
        self._sent = 0
        self._answers: dict[int, Any] = {}

    def do(self, name: str, /, **wish: Any) -> Any:
        """Send a request and return its answer; raises Failure."""
        return self.answer(self.begin(name, **wish))

    def begin(self, name: str, /, **wish: Any) -> int:
        """Send a request, and return the number by which to get its answer later."""
        assert self._process.stdin is not None
        self._sent += 1
        self._process.stdin.write(json.dumps({"id": self._sent, "do": name, **wish}) + "\n")
        self._process.stdin.flush()
        return self._sent

    def answer(self, number: int) -> Any:
        """Return the answer to a request, even if other answers come first; raises Failure."""
        assert self._process.stdout is not None
        while number not in self._answers:
            line = self._process.stdout.readline()
            assert line, self.complaints()
            heard = json.loads(line)
            self._answers[heard["id"]] = heard
        answer = self._answers.pop(number)
        if "error" in answer:
            raise Failure(answer["error"])
        return answer["answer"]

    def complaints(self) -> str:
        """Return all that the program has written to its standard error."""
        self._complaints.seek(0)
        return self._complaints.read()

    def end(self) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout, self._complaints):
            assert pipe is not None
            pipe.close()
        self._process.wait()
