"""The strict shape of requests that client libraries send."""

from typing import Any

from schemas.base import Strict


class Guiding(Strict):
    """A strict shape for requests from code that an app's developer wrote: a refusal lists the known names."""

    def __init__(self, **kwargs: Any) -> None:
        """Take the arguments of every schema."""
        super().__init__(**kwargs)
        names = [field.data_key or name for name, field in self.load_fields.items()]
        there = f"There are only: {', '.join(names)}." if names else "There are none here."
        self.error_messages["unknown"] = f"There is no such name. {there}"
