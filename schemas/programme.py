"""The programme: what the operators of this server have decided for everybody, for all to see."""

from marshmallow import fields, validate

from schemas.base import Few, Strict

SAFEGUARDS = ("supervisor", "credential", "minors_ok")  # what a specialist must have; the last for peers under 18


class EditProgramme(Strict):
    """Say what holds in this programme (operators only). A field left out does not change."""

    invitations_without = Few(
        fields.String(validate=validate.OneOf(SAFEGUARDS)),
        len(SAFEGUARDS),
        metadata={
            "description": "Safeguards of specialists that an invitation does not ask for, though matching always "
            "does. Each pairing made without one says so, to both."
        },
    )


class Programme(Strict):
    """What holds in this programme."""

    safeguards = fields.List(fields.String(), metadata={"description": "What matching asks of every specialist."})
    invitations_without = fields.List(
        fields.String(), metadata={"description": "Those of them that an invitation does not ask for."}
    )
    server_time = fields.Integer()
