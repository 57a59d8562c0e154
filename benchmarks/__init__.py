"""
What cross-origin access costs, measured in process: `make bench`, or `python -m benchmarks --help`.

No server and no socket: an application is called with a prebuilt environ, and its response is read
to the end. All implementations take turns in one run, so whatever the machine is doing meanwhile
it does to all of them; what is reported is the difference to the bare application of the same
framework in the same round.
"""
