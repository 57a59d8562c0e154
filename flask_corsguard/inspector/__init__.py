"""
The inspector: a page that shows what the guard decides, why, and what would change it.

Not server-sent events, though they are made for this: each open page would keep one of the workers
of a synchronous server to itself. The page asks again every second or so, and every server can
answer that.
"""

from .extension import CORSInspector

__all__ = ["CORSInspector"]
