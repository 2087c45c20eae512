"""The pure rules of trust: hints, quiet hours, promised times, ladders. No clock; the only I/O reads package data."""
