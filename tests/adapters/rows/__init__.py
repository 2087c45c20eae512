"""Client databases with rows of the kinds that build trust."""
