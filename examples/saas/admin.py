"""
The page on which a tenant says which origins may use its API, and sees what is wrong with one.

It is made of forms: script is needed to watch the workers only.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue

from flask_corsguard import PolicyError, Problem, RequestHead
from flask_corsguard.stores import SQLAlchemyOrigins

from .security import check_token, form_token
from .tenants import TENANTS

__all__ = ["create_admin"]

MOST = 50
"""How many origins a tenant may have."""


def create_admin(store: SQLAlchemyOrigins) -> Blueprint:
    """
    Create the pages.

    Args:
        store: Where the origins are.
    """
    admin = Blueprint("admin", __name__)
    admin.before_request(check_token)
    admin.context_processor(lambda: {"form_token": form_token, "tenants": TENANTS})
    _add_doors(admin)

    @admin.get("/tenants/<tenant>/origins")
    def show(tenant: str) -> ResponseReturnValue:
        return _page(store, _own(tenant))

    @admin.post("/tenants/<tenant>/origins")
    def add(tenant: str) -> ResponseReturnValue:
        pattern = request.form.get("pattern", "").strip()
        note = request.form.get("note", "").strip()
        if len(list(store.list(_own(tenant)))) >= MOST:
            abort(400, f"{MOST} origins are enough; remove one first.")
        try:
            store.add(pattern, scope=tenant, note=note)
        except PolicyError as error:
            return _page(store, tenant, error.problems), 422
        flash(f"{pattern} may use your API now.")
        return redirect(url_for(".show", tenant=tenant, asked=example_of(pattern)), 303)

    @admin.post("/tenants/<tenant>/origins/change")
    def change(tenant: str) -> ResponseReturnValue:
        pattern = request.form.get("pattern", "")
        changes = {
            "disable": (store.disable, "is switched off."),
            "enable": (store.enable, "is switched on again."),
            "remove": (store.remove, "is removed."),
        }
        method, said = changes.get(request.form.get("change", "")) or abort(400)
        try:
            there = method(pattern, scope=_own(tenant))
        except PolicyError as error:
            return _page(store, tenant, error.problems), 422
        flash(f"{pattern} {said}" if there else f"{pattern} was not there any more.")
        return redirect(url_for(".show", tenant=tenant, asked=example_of(pattern)), 303)

    @admin.get("/tenants/<tenant>/ask")
    def ask(tenant: str) -> ResponseReturnValue:
        """
        Say what this worker would say to an origin.
        """
        head = RequestHead(method="GET", view_args={"tenant": _own(tenant)})
        try:
            allowed = store.allows(request.args.get("origin", ""), head)
        except Exception:  # noqa: BLE001 - the guard would reject
            allowed = False
        return {"worker": os.getpid(), "allowed": allowed}

    return admin


def _add_doors(admin: Blueprint) -> None:
    """
    Let visitors choose who they are: this is an example, and its tenants have no passwords.
    """

    @admin.get("/")
    def home() -> str:
        return render_template("home.html")

    @admin.post("/sign-in")
    def sign_in() -> ResponseReturnValue:
        tenant = request.form.get("tenant", "")
        if tenant not in TENANTS:
            abort(400)
        session["tenant"] = tenant
        return redirect(url_for(".show", tenant=tenant), 303)

    @admin.post("/sign-out")
    def sign_out() -> ResponseReturnValue:
        session.clear()
        return redirect(url_for(".home"), 303)


def _own(tenant: str) -> str:
    """
    Give the tenant, if the visitor is of it.
    """
    if tenant not in TENANTS:
        abort(404)
    if session.get("tenant") != tenant:
        abort(403, "These are the origins of somebody else. Sign in first.")
    return tenant


def _page(store: SQLAlchemyOrigins, tenant: str, problems: Sequence[Problem] = ()) -> str:
    rows = list(store.list(tenant))
    asked = request.args.get("asked") or (example_of(rows[0].pattern) if rows else "")
    return render_template(
        "origins.html",
        tenant=tenant,
        about=TENANTS[tenant],
        rows=rows,
        problems=problems,
        instead=_better(problems),
        asked=asked,
    )


def _better(problems: Sequence[Problem]) -> str | None:
    """
    Give what a problem says to write instead, if it says it.
    """
    found = [re.match(r"Write '([^'*]+)'", problem.fix) for problem in problems]
    return found[0][1] if len(found) == 1 and found[0] else None


def example_of(pattern: str) -> str:
    """
    Give an origin that a pattern allows, to ask the workers about.
    """
    return pattern.replace("//*.", "//www.").replace(":*", ":3000")
