"""How offline work of several devices is reconciled: pure rules, standard library only, no clock and no I/O."""
