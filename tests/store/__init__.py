"""Tests of what is stored, and how."""
