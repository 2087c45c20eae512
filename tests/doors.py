"""Every endpoint, and what a stranger tries there."""

from tests.good import GOOD

ADAPTERS = "/api/v1/adapters"

NOWHERE = "pair:aaaaaaaaaaaaaaaaaaaaaaaaaa"

PARTS = {"device": "x", "space": "x", "collection": "note", "version": "1", "request": "x", "id": "x", "country": "DE"}

# {endpoint: what a stranger tries there} (None: it can name no data of others; staff: supervisors are allowed, too)
DOORS = {
    "POST /api/v1/mutate": None, "POST /api/v1/push": None, "POST /api/v1/pull": None, "GET /api/v1/pull": None,
    "POST /api/v1/sync": None, "POST /api/v1/register": None, "POST /api/v1/login": None,
    "POST /api/v1/login/oidc": None, "GET /api/v1/login/providers": None,
    "POST /api/v1/refresh": None, "POST /api/v1/logout": None, "GET /api/v1/devices": None,
    "POST /api/v1/recovery-codes": None, "GET /api/v1/recovery-codes": None, "POST /api/v1/recover": None,
    "POST /api/v1/links": None, "POST /api/v1/login/link": None,
    "POST /api/v1/demo": None, "POST /api/v1/demo/vanish": None,
    "POST /api/v1/passphrase": None, "DELETE /api/v1/account": None, "GET /api/v1/spaces": None,
    "POST /api/v1/users": "role", "DELETE /api/v1/devices/<device>": "device",
    "GET /api/v1/spaces/<space>/history": "space",
    "GET /api/v1/adapters/watermelondb/schema": None, "GET /api/v1/adapters/watermelondb/sync": None,
    "POST /api/v1/adapters/watermelondb/sync": "rows", "GET /api/v1/adapters/rxdb/schemas": None,
    "POST /api/v1/adapters/rxdb/<collection>/pull": None, "GET /api/v1/adapters/rxdb/<collection>/stream": None,
    "POST /api/v1/adapters/rxdb/<collection>/push": "rows",
    "GET /api/v1/adapters/rxdb/<collection>/<version>/pull": None,
    "POST /api/v1/adapters/rxdb/<collection>/<version>/push": "rows",
    "GET /api/v1/adapters/rxdb/<collection>/<version>/pullStream": None,
    "GET /api/v1/topics": None, "GET /api/v1/agreements": None,
    "GET /api/v1/requests/<request>/shortlist": "request", "GET /api/v1/operator/queue": "staff",
    "GET /api/v1/operator/load": "staff", "GET /api/v1/operator/leaving": "staff",
    "GET /api/v1/operator/orphans": "staff", "GET /api/v1/operator/figures": "role",
    "POST /api/v1/operator/match": "role",
    "GET /api/v1/operator/reports": "role", "GET /api/v1/operator/reports/<id>": "role",
    "GET /api/v1/operator/sanctions": "role", "GET /api/v1/programme": None,
    "GET /api/v1/operator/users": "role", "GET /api/v1/operator/on-call": "role", "GET /api/v1/operator/sos": "role",
    "GET /api/v1/operator/never-began": "role", "POST /api/v1/operator/users/<id>/reset-passphrase": "role",
    "POST /api/v1/operator/users/<id>/reset-factors": "role", "POST /api/v1/operator/users/<id>/role": "role",
    "POST /api/v1/operator/users/<id>/sign-out": "role", "DELETE /api/v1/operator/users/<id>": "role",
    "POST /api/v1/reset-passphrase": None,
    "GET /api/v1/operator/escalations": "staff", "GET /api/v1/spaces/<space>/path": "space",
    "GET /api/v1/push-key": None, "POST /api/v1/push-token/test": None,
    "POST /api/v1/push-token": None, "GET /api/v1/prompts": None, "GET /api/v1/checkin-items": None,
    "POST /api/v1/passkeys/options": None, "POST /api/v1/passkeys": None, "GET /api/v1/passkeys": None,
    "DELETE /api/v1/passkeys/<id>": "passkey", "POST /api/v1/login/passkey/options": None,
    "POST /api/v1/login/passkey": None, "GET /api/v1/second-factor": None, "POST /api/v1/totp": None,
    "POST /api/v1/totp/confirm": None, "DELETE /api/v1/totp": None,
    "GET /api/v1/lines": None, "GET /api/v1/lines/<country>": None,
    **{f"POST /api/v1/{name.replace('.', '/')}": "command" for name in GOOD},
}  # fmt: skip
