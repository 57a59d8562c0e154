"""
Servers that are broken in the ways in which servers are, and some that are not.
"""
