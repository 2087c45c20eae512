"""Laws and shapes, without a database."""
