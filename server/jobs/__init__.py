"""What happens by itself: due records, matching, and the index of specialists that matching reads."""
