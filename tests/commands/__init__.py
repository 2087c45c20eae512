"""Commands decided on records in a dict: no server, no database, no clock."""
