"""Benchmarks: what Beside costs, each compared in one run with the least work that could do the same.

`python -m bench` runs all of them, `python -m bench NAME` one. Tables are printed; every number of every repeat is
kept in `bench/results/NAME.json`. Linux only: memory is read from `/proc`.
"""
