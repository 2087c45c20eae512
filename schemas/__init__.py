"""Every shape that crosses the wire, with the merge rule of each field. Imports marshmallow only."""
