"""Background jobs: due records, matching, and the index of specialists that matching reads."""
