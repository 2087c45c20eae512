"""HTTP: one table of endpoints, from which the routes and the API description are both made."""
