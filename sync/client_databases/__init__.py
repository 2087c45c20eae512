"""Client databases that speak a protocol of their own: their rows are records, and their changes are commands."""
