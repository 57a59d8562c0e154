"""
What hostile hands do to the guard: scanners, floods, fuzzed input, races and long runs.
"""
