"""Adapters for client databases with their own protocols: records become rows, and changed rows become commands."""
