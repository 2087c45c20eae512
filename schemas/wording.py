"""The wording of marshmallow's own messages. They reach people, so they say in plain words what to do."""

from marshmallow import fields, validate

SCHEMA_MESSAGES = {
    "type": "Use a JSON object.",
    "unknown": "There is no such field; correct its name, or leave it out.",
}
_FIELD_MESSAGES: dict[type[fields.Field], dict[str, str]] = {  # type: ignore[type-arg]  # a field of any value
    fields.Field: {
        "required": "Send this field; it is required.",
        "null": "Use a value, not null.",
        "validator_failed": "Use another value; this one is not allowed.",
    },
    fields.Nested: {"type": "Use a list of JSON objects."},
    fields.List: {"invalid": "Use a list."},
    fields.Mapping: {"invalid": "Use a JSON object."},
    fields.String: {"invalid": "Use a text.", "invalid_utf8": "Use a text in UTF-8."},
    fields.Number: {"invalid": "Use a number.", "too_large": "Use a smaller number."},
    fields.Integer: {"invalid": "Use a whole number."},
    fields.Float: {"special": "Use a finite number."},
    fields.Boolean: {"invalid": "Use true or false."},
    fields.Date: {"invalid": "Use a day that exists, as YYYY-MM-DD."},
}


def use_plain_words() -> None:
    """Replace the default messages of all fields and validators, also of those inside lists and dictionaries.

    Messages about a length count characters: a list or dictionary with a validator of its length says its own.
    """
    for field, messages in _FIELD_MESSAGES.items():
        field.default_error_messages = {**field.default_error_messages, **messages}
    validate.OneOf.default_message = "Use one of: {choices}."
    validate.Range.message_min = "Use {{min}} or more."
    validate.Range.message_max = "Use {{max}} or less."
    validate.Range.message_all = "Use a number from {{min}} to {{max}}."
    validate.Length.message_min = "Use {min} characters or more."
    validate.Length.message_max = "Use {max} characters at most."
    validate.Length.message_all = "Use {min} to {max} characters."
    validate.Length.message_equal = "Use {equal} characters."
