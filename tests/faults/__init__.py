"""Reconciliation under faults: failing networks, killed processes, jumping clocks, and a checker of the result."""
