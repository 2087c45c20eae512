"""Reconciling under fire: networks that fail, processes that are killed, clocks that jump; and who checks the end."""
