"""`@beside/client` in a real Chromium."""
