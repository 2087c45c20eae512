"""The pure rules of trust: hints, quiet hours, promised times, ladders. No clock, and no I/O except package data."""
