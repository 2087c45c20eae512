"""Transports, the one path behind them, and the store. `server.app` builds the whole."""
