"""Sentences about what Beside promises, told by actors."""
