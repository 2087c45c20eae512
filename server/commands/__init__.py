"""What can be asked for, one file for each kind of record. A new kind is one more word in this list."""

from server.commands import message, note, pairing, position, profile

__all__ = ["message", "note", "pairing", "position", "profile"]
