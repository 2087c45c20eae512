"""Who fits whom: pure scoring and assignment. No I/O, no clock; times and seeds are arguments."""
