"""
What several test modules need: the application of the cases, and the doors into the guard.
"""
