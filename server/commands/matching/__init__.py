"""How a peer finds a specialist: what both say about themselves, requests, short lists, offers, places."""
