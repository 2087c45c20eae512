"""`make cluster-check`: tries a replica set or a sharded cluster with the product's own parts, before it goes live."""
