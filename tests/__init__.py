"""Tests of what Beside promises. The name of each test is a sentence about named people."""
