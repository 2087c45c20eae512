"""The server: transports, the backend behind all of them, and the store. `server.app` builds all of it."""
