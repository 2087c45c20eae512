"""How offline work of several devices is reconciled: pure rules, no clock and no I/O.

All but `client_databases` use the standard library only.
"""
