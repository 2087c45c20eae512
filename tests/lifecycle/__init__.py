"""The life of a match: requests, offers, agreements, pairings, handovers, and what holds through all of it."""
