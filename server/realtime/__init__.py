"""Phones that are connected: the WebSocket, its packets, and the events they may send."""
