"""The embedded database: a separate process with a supervisor of its own."""
