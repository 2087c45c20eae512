"""The programme: the rules that the operators of this server have set for everybody. Everybody can read them."""

from marshmallow import fields, validate

from schemas.base import Few, Strict

SAFEGUARDS = ("supervisor", "credential", "minors_ok")  # what a specialist must have; the last for peers under 18


class EditProgramme(Strict):
    """Set the rules of this programme (operators only). A field left out does not change."""

    invitations_without = Few(
        fields.String(validate=validate.OneOf(SAFEGUARDS)),
        len(SAFEGUARDS),
        metadata={
            "description": "Safeguards of specialists that an invitation does not ask for, though matching always "
            "does. Each pairing made without one says so, to both."
        },
    )


class Programme(Strict):
    """The rules of this programme."""

    safeguards = fields.List(fields.String(), metadata={"description": "What matching asks of every specialist."})
    invitations_without = fields.List(
        fields.String(), metadata={"description": "Those of them that an invitation does not ask for."}
    )
    server_time = fields.Integer()
