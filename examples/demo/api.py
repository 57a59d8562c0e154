"""
The API, and everything it says about CORS.

Four places say who may read what, the most specific one wins: the guard's options, a policy with a
name, a blueprint that uses it, and the marks on two views.
"""

from __future__ import annotations

import secrets

from flask import Blueprint, Flask, Response, abort, jsonify, request, session
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from flask_corsguard import CORSGuard, cross_origin, same_origin

TOKEN = "Bearer let-me-in"  # noqa: S105 - the door of a demo

notes = ["Water the plants", "Answer Ada", "Buy bread"]
views = Blueprint("views", __name__)

# The views of a blueprint may have a policy of their own; this one is described below, by name.
reports = cross_origin("reports")(Blueprint("reports", __name__, url_prefix="/reports"))


def create_api(page: str) -> Flask:
    """
    Create the API.

    Args:
        page: The origin of the front end, the only one that may use it.
    """
    app = Flask("api")
    app.config.update(SECRET_KEY=secrets.token_hex(), SESSION_COOKIE_NAME="corsguard_demo")

    # Registered before the guard, and still no preflight gets here: preflights carry no token.
    app.before_request(check_login)

    CORSGuard(
        app,
        name="front-end",
        origins=[page],
        allow_headers=["Authorization", "Content-Type"],
        expose_headers=["X-Total-Count"],
        credentials=True,
        max_age=600,
        enforce=True,
        policies={"reports": {"origins": [page], "allow_headers": ["X-Trace"]}},
    )

    app.register_blueprint(views)
    app.register_blueprint(reports)
    app.register_error_handler(HTTPException, tell_error)
    return app


@views.get("/notes")
def list_notes() -> Response:
    """
    List the notes; of the two headers, the policy exposes one.
    """
    response = jsonify(notes)
    response.headers["X-Total-Count"] = str(len(notes))
    response.headers["X-Internal"] = "not for script"
    return response


@views.post("/notes")
def add_note() -> ResponseReturnValue:
    """
    Add a note. Plain text needs no preflight: without `enforce`, any page on the web could do this.
    """
    notes.append(request.get_data(as_text=True)[:80])
    return jsonify(number=len(notes)), 201


@views.put("/notes/<int:number>")
def change_note(number: int) -> Response:
    """
    Change a note; JSON needs a preflight.
    """
    if not 0 < number <= len(notes):
        abort(404)
    notes[number - 1] = str(request.get_json()["text"])[:80]
    return jsonify(number=number, text=notes[number - 1])


@views.post("/session")
def sign_in() -> Response:
    """
    Give the visitor a name, in a cookie.
    """
    session["visitor"] = f"visitor-{secrets.token_hex(4)}"
    return jsonify(hello=session["visitor"])


@views.get("/session")
def who_am_i() -> Response:
    """
    Tell whose cookie came along.
    """
    return jsonify(you_are=session.get("visitor"))


@views.get("/account")
def show_account() -> Response:
    """
    Show what the login check protects.
    """
    return jsonify(owner="Ada", balance=42)


@views.get("/archive/")
def list_archive() -> Response:
    """
    List the archive; without its last slash, the URL is a redirect.
    """
    return jsonify(["Bought bread in March"])


@views.get("/crash")
def crash() -> Response:
    """
    Fail as views do.
    """
    raise RuntimeError("This view fails on purpose.")


@views.get("/status")
@cross_origin(origins="*")
def show_status() -> Response:
    """
    Tell everybody: what this view says goes before what the guard says.
    """
    return jsonify(status="fine")


@views.get("/admin")
@same_origin
def show_admin() -> Response:
    """
    Tell no other origin, not even the front end.
    """
    return jsonify(users=["Ada", "Grace"])


@reports.get("/weekly")
def weekly_report() -> Response:
    """
    Report, by the blueprint's policy.
    """
    return jsonify(week=12, notes=len(notes))


def check_login() -> None:
    """
    Let nobody near an account without a token.
    """
    if request.path == "/account" and request.headers.get("Authorization") != TOKEN:
        abort(401)


def tell_error(error: HTTPException) -> ResponseReturnValue:
    """
    Answer errors as an API does; the guard sees to it that the page can read them.
    """
    return jsonify(error=error.name), error.code or 500
