"""
Optional neighbours, one module each: metrics, traces, and a table of rejected origins.

Nothing is imported here: a module is loaded by whoever has installed its neighbour.
"""
