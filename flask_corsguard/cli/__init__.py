"""
`flask cors ...`: the guard on the command line.

Flask loads the plugins of all its commands for each of them, `flask run` included. So this module
imports nothing but click; the commands are imported when one of them is wanted.
"""

from .group import cors

__all__ = ["cors"]
