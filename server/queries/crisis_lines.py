"""Crisis lines, by country: a signed bundle that a phone keeps, and can trust without a network.

The signature is Ed25519 (RFC 8032) over the UTF-8 bytes of the text ``bundle``. The key is derived from the server's
secret key and stays the same as long as that key does; an app is built with the public part.
"""

from base64 import b64encode
from importlib.resources import files
from json import loads

import orjson

from schemas import text
from schemas.errors import NotFound
from server.sealing.signing import signing_key
from sync.record import Wire


class CrisisLines:
    """The crisis lines of each country, as apps get them."""

    def __init__(self, secret: str) -> None:
        """Take the server's lasting secret key."""
        self._key = signing_key(secret)
        data = loads((files("server.trust") / "lines.json").read_text(encoding="utf-8"))
        self._about = {name: data[name] for name in ("version", "checked_on", "note")}
        self._countries: Wire = data["countries"]

    def countries(self) -> Wire:
        """Return the countries that have crisis lines, and the public key, as base64 of its 32 bytes."""
        public = b64encode(self._key.public_key().public_bytes_raw()).decode()
        return {"countries": sorted(self._countries), "version": self._about["version"], "public_key": public}

    def bundle(self, country: str) -> Wire:
        """Return ``{bundle, signature}``: the lines of a country, whatever the case of its code, as signed JSON text.

        Raises NotFound.
        """
        code = text.country(country)
        lines = self._countries.get(code)
        if lines is None:
            raise NotFound("No lines are known for this country.", field="country", country=country[:8])
        bundle = orjson.dumps({"country": code, **self._about, **lines}, option=orjson.OPT_SORT_KEYS)
        return {"bundle": bundle.decode(), "signature": b64encode(self._key.sign(bundle)).decode()}
