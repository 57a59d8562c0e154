"""
How many requests a second real servers answer, and what each costs them: `make bench-servers`.

What a guard costs in process is the business of the other benchmarks. Here it is one part of a
request among others: a server parses, a socket is opened and closed, a client waits.
"""
