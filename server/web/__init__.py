"""HTTP: one table of endpoints is the source of both the routes and the API description."""
