"""Beside as WatermelonDB and RxDB see it."""
