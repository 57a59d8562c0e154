"""
A panel for Flask-DebugToolbar: the last decisions, below every page of the application.

The toolbar stands on pages, and what the guard decides about are the requests of other pages. So
this shows no decision about the page it stands on, but those of the last minutes, whoever asked.

Write ``"flask_corsguard.contrib.debug_toolbar.CORSPanel"`` into ``DEBUG_TB_PANELS``.
"""

from __future__ import annotations

from datetime import UTC, datetime

from flask import Flask, current_app

from ..errors import MissingExtraError
from ..inspector.recorder import Entry, Recorder, Totals, recorder_of

try:
    from flask_debugtoolbar.panels import DebugPanel
except ImportError as _error:
    raise MissingExtraError("Flask-DebugToolbar", "debugtoolbar") from _error

__all__ = ["CORSPanel"]

_SHOWN = 50

# The toolbar's environment escapes what is put in.
_TEMPLATE = """
<p>{{ totals.decided }} CORS requests, {{ totals.rejected }} rejected,
  {{ totals.preflights }} preflights, {{ totals.refused }} refused on the server.</p>
{% if rows %}
<table>
  <caption>The last decisions, the newest first</caption>
  <thead><tr><th scope="col">Time (UTC)</th><th scope="col">Decision</th>
    <th scope="col">Request</th><th scope="col">Origin</th>
   <th scope="col">Policy</th><th scope="col">Why</th></tr></thead>
  <tbody>
  {% for time, decision in rows %}
    <tr class="{{ loop.cycle('flDebugOdd', 'flDebugEven') }}">
      <td>{{ time }}</td>
      <td>{{ decision.refusal or decision.outcome.value }}</td>
      <td>{{ decision.method }}{% if decision.kind.value == "preflight" %} (preflight){% endif %}
        {{ decision.path }}</td>
      <td>{{ decision.origin or "" }}</td>
      <td>{{ decision.policy or "" }}</td>
      <td>{% if decision.reason %}<strong>{{ decision.reason.value }}</strong>
        {{ decision.detail }}<br>{{ decision.reason.why }} {{ decision.reason.fix }}{% endif %}</td>
    </tr>
  {% endfor %}
  </tbody>
</table>
{% else %}
<p>No decisions yet.</p>
{% endif %}
"""


class CORSPanel(DebugPanel):
    """
    Show the last decisions of the guard in Flask-DebugToolbar.
    """

    name = "CORS"
    has_content = True

    @classmethod
    def init_app(cls, app: Flask) -> None:
        """
        Listen to the guard of an application; the toolbar calls this.

        Args:
            app: The application.
        """
        recorder_of(app).start(app)

    def nav_title(self) -> str:
        """
        Give the name in the toolbar.
        """
        return "CORS"

    def nav_subtitle(self) -> str:
        """
        Give the line below the name: how many were rejected.
        """
        totals = _totals()
        return f"{totals.rejected} of {totals.decided} rejected"

    def title(self) -> str:
        """
        Give the title of the panel.
        """
        return "Cross-origin requests"

    def url(self) -> str:
        """
        Give nothing: the panel has no URL of its own.
        """
        return ""

    def content(self) -> str:
        """
        Give the panel as HTML.
        """
        rows = [(_time(entry), entry.decision) for entry in _recorder().latest(_SHOWN)]
        return self.jinja_env.from_string(_TEMPLATE).render(rows=rows, totals=_totals())


def _recorder() -> Recorder:
    return recorder_of(current_app)


def _totals() -> Totals:
    return _recorder().snapshot(top=0).totals


def _time(entry: Entry) -> str:
    return datetime.fromtimestamp(entry.at, UTC).strftime("%H:%M:%S")
