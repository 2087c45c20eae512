"""Measurements: what Beside costs, each against the least that could do the same, in one run.

`python -m bench` runs all of them, `python -m bench NAME` one. Tables are printed; every number of every repeat is
kept in `bench/results/NAME.json`. Linux only: memory is read from `/proc`.
"""
