"""The server: transports, the one path behind them, and the store. `server.app` builds all of it."""
