"""Beside as it is, but it waits longer for an employer's provider: the machine of the tests may be busy, or stall."""

from server.accounts import oidc_keys

oidc_keys.FETCH_WITHIN = 15.0  # seconds

from wsgi import app  # noqa: E402, F401
