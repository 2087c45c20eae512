"""How work done apart is reconciled: pure rules, standard library only, no clock and no I/O."""
