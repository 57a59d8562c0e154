"""
What origins in a database cost, against a static list and against a query for each request.

    python -m benchmarks.stores

The real PostgreSQL at `TEST_POSTGRES_URL` is asked, with tables of the benchmark's own that are
dropped afterwards.
"""
