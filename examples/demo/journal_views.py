"""
The journal's own views, so that the page can show what is in it.

They are part of the API and governed like the rest of it: `EventSource` makes CORS requests, too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from flask import Blueprint, Response, jsonify, request

from journal import Journal


def create_journal_views(journal: Journal) -> Blueprint:
    """
    Create the views.

    Args:
        journal: What they read from.
    """
    blueprint = Blueprint("journal", __name__, url_prefix="/journal")

    @blueprint.get("/<run>/<case>")
    def show_case(run: str, case: str) -> Response:
        return jsonify([exchange.to_dict() for exchange in journal.of_case((run, case))])

    @blueprint.get("/rejections")
    def follow_rejections() -> Response:
        last_seen = request.headers.get("Last-Event-ID", 0, type=int)
        events = write_events(journal, last_seen)
        return Response(events, mimetype="text/event-stream", headers={"Cache-Control": "no-store"})

    return blueprint


def write_events(journal: Journal, last_seen: int) -> Iterator[str]:
    """
    Write rejections as server-sent events, with a comment now and then to keep the line open.
    """
    for rejection in journal.follow(last_seen):
        if rejection is None:
            yield ": still here\n\n"
        else:
            yield f"id: {rejection.number}\ndata: {json.dumps(rejection.to_dict())}\n\n"
