"""A transport that keeps every answer to a phone."""

import json

from tests.phone import Lost
from tests.transports import Failed


class Heard:
    """Stands between a phone and the server, and keeps every answer."""

    def __init__(self, transport, answers):
        self.transport, self.caller, self.answers = transport, transport.caller, answers

    def call(self, verb, body):
        try:
            answer = self.transport.call(verb, body)
        except Failed as refused:
            self.answers.append(json.dumps(refused.error))
            raise Lost from refused
        self.answers.append(json.dumps(answer))
        return answer
