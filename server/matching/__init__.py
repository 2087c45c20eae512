"""Pure scoring and assignment of specialists to peers. No I/O and no clock: times and seeds are arguments."""
