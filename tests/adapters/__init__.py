"""Tests of the endpoints for the client databases WatermelonDB and RxDB."""
