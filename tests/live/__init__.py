"""Promises of the running server, over real sockets."""
