"""
What gunicorn has to know: two workers, and to tell prometheus_client when one has ended.
"""

from __future__ import annotations

from typing import Any

from prometheus_client import multiprocess

workers = 2
worker_class = "gthread"
threads = 4
wsgi_app = "shop:app"
loglevel = "warning"


def child_exit(server: Any, worker: Any) -> None:  # noqa: ANN401, ARG001 - gunicorn's own
    """
    Forget what the worker last said about how things are now.
    """
    multiprocess.mark_process_dead(worker.pid)
