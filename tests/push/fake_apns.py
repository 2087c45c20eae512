"""A fake of Apple's push service: a real HTTP/2 server, on the package h2, in threads."""

import json
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any

import jwt
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded


class FakeApns:
    """``sent`` are (token, headers, body) that were accepted; ``answers`` as in `fakes.py`, without waiting."""

    def __init__(self, context: ssl.SSLContext, public_key: Any, key_id: str = "KEY", team: str = "TEAM") -> None:
        self._public_key, self._key_id, self._team = public_key, key_id, team
        self.sent: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answers: list[Any] = []
        self.connections, self.most_at_once = 0, 0
        self.held: threading.Event | None = None  # while it is not set, no request is answered
        self.tokens: set[str] = set()  # provider tokens that were seen
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.url = f"https://localhost:{self.port}"
        self._context, self._open = context, []
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self) -> None:
        self._socket.close()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._socket.accept()
                wrapped = self._context.wrap_socket(raw, server_side=True)
            except OSError:
                if self._socket.fileno() == -1:
                    return
                continue
            self.connections += 1
            self._open.append(wrapped)
            threading.Thread(target=self._serve, args=(wrapped,), daemon=True).start()

    def _serve(self, wrapped: ssl.SSLSocket) -> None:
        connection = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        requests: dict[int, list[Any]] = {}
        waiting: list[int] = []
        with wrapped, suppress(OSError):
            wrapped.sendall(connection.data_to_send())
            while data := wrapped.recv(65536):
                for event in connection.receive_data(data):
                    self._take(connection, event, requests, waiting)
                self.most_at_once = max(self.most_at_once, len(waiting))
                while waiting and (self.held is None or self.held.is_set()):
                    stream = waiting.pop(0)
                    self._answer(connection, wrapped, stream, *requests.pop(stream))
                wrapped.sendall(connection.data_to_send())

    def _take(self, connection: H2Connection, event: Any, requests: dict[int, list[Any]], waiting: list[int]) -> None:
        if isinstance(event, RequestReceived):
            requests[event.stream_id] = [dict(event.headers), b""]
        elif isinstance(event, DataReceived):
            requests[event.stream_id][1] += event.data
            connection.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, StreamEnded):
            waiting.append(event.stream_id)

    def _answer(
        self, connection: H2Connection, wrapped: Any, stream: int, headers: dict[str, str], body: bytes
    ) -> None:
        answer = self.answers.pop(0) if self.answers else None
        if answer == "reset":
            wrapped.close()
            raise OSError
        status, more, text = (*answer, b"")[:3] if isinstance(answer, tuple) else (answer or 0, {}, b"")
        if not status:
            status, more, text = self._checked(headers, body)
        connection.send_headers(stream, [(":status", str(status)), *more.items()])
        connection.send_data(stream, text, end_stream=True)

    def _checked(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        token = headers["authorization"].removeprefix("bearer ")
        self.tokens.add(token)
        kid = jwt.get_unverified_header(token)["kid"]
        claims = jwt.decode(token, self._public_key, algorithms=["ES256"], leeway=60)
        is_sane = (
            kid == self._key_id
            and claims["iss"] == self._team
            and headers["apns-topic"] == "org.example.app"
            and headers["apns-push-type"] in {"alert", "background"}
            and len(headers["apns-collapse-id"]) <= 64
            and (headers["apns-push-type"] == "alert" or headers["apns-priority"] == "5")
        )
        if not is_sane:
            return 400, {}, b'{"reason": "BadTopic"}'
        self.sent.append((headers[":path"].rpartition("/")[2], headers, json.loads(body)))
        return 200, {}, b""
