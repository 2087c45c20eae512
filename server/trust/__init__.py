"""What trust needs that can be worked out: hints, quiet hours, promised times. No clock; no I/O but package data."""
