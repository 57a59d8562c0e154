"""
The CORS protocol, without a framework: nothing here reads a socket, a clock or a log.
"""
