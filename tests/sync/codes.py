"""Codes of invitations."""


def code_of(outcome):
    return outcome["changes"][0]["data"]["code"]
