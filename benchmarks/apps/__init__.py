"""
The applications that are compared, one module for each framework.
"""
