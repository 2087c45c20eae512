"""Erasures: what becomes of a user's words in shared spaces when a pairing ends, or the account is deleted."""

from marshmallow import fields, validate

from schemas.base import Id, Seq, SpaceName, Strict, Turn, at_most

KEPT, UNNAMED, ERASED = "kept", "unnamed", "erased"  # "unnamed": the words stay, without their author's name
SAID = (ERASED, UNNAMED)  # what can become of a user's words when the account is deleted
PORTION = 200  # records looked at in one commit


class BeginErasure(Strict):
    """Erase a user's words in a shared space, or remove the user's name from them."""

    space = SpaceName(required=True)
    user = Id(required=True)
    words = fields.String(required=True, validate=validate.OneOf(SAID))


class TurnErasure(Turn):
    """Erase the next records of a shared space."""

    of = SpaceName(required=True)
    found = fields.List(fields.List(fields.String()), required=True, validate=at_most(PORTION))
    after = Seq(required=True)
    is_done = fields.Boolean(required=True)


class Receipt(Strict):
    """The signed receipt of an erasure: keep it. It is not given a second time."""

    server_time = fields.Integer(required=True)
    receipt = fields.String(
        required=True,
        metadata={
            "description": "JSON text: `id`, `at` (ms), `said` (`erased` or `unnamed`), `counts` (records by kind), "
            "`keys` (SHA-256 of the ids of the destroyed keys), `backups_gone_by` (ms), `version`. It names nobody."
        },
    )
    signature = fields.String(
        required=True, metadata={"description": "Base64 of the Ed25519 signature of the UTF-8 bytes of `receipt`."}
    )
    public_key = fields.String(
        required=True, metadata={"description": "Base64 of the public key, the one of the crisis lines."}
    )
