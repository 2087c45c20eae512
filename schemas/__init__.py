"""Every shape that crosses the wire, with the merge rule of each field. Imports only marshmallow and regex."""

from schemas.wording import use_plain_words

use_plain_words()  # before any field is declared: fields copy their messages when they are made
