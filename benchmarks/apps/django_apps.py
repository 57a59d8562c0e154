"""
Django, bare and with django-cors-headers.

Django's settings are global, and the middleware reads them at every request. So they are put in
place before each block of requests, outside of what is timed.
"""

from __future__ import annotations

from typing import Any

import django
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.test import override_settings
from django.urls import path
from django.views import View

from ..rows import Built, Row
from ..scenarios import ALLOW_HEADERS, BODY, EXPOSE_HEADERS, MAX_AGE, METHODS, Setup, Shape

__all__ = ["ROWS", "urlpatterns"]


class Item(View):
    """
    Answer as little as a view can.
    """

    def get(self, _: HttpRequest, n: int) -> HttpResponse:  # noqa: ARG002 - the route has it
        """
        Answer.
        """
        return HttpResponse(BODY, content_type="text/plain")

    put = post = delete = get


urlpatterns = [
    path("api/items/<int:n>", Item.as_view()),
    *[path(f"api/things-{i}", Item.as_view()) for i in range(15)],
    *[path(f"api/things-{i}/<int:n>", Item.as_view()) for i in range(15)],
]


def _handler(*middleware: str) -> WSGIHandler:
    if not settings.configured:
        settings.configure(
            ALLOWED_HOSTS=["*"],
            DEBUG=False,
            INSTALLED_APPS=["corsheaders"],
            MIDDLEWARE=[],
            ROOT_URLCONF=__name__,
            SECRET_KEY="none",  # noqa: S106 - nothing is signed
        )
        django.setup()
    with override_settings(MIDDLEWARE=list(middleware)):
        return WSGIHandler()


def bare(_: Setup) -> Built:
    """
    Build Django without any middleware.
    """
    return Built(app=_handler())


def with_headers(setup: Setup) -> Built:
    """
    Build Django with no middleware but that of django-cors-headers.
    """
    patterns = [rf"^https://.+\.{s.replace('.', chr(92) + '.')}$" for s in setup.suffixes]
    is_patterns = setup.shape is Shape.PATTERNS
    values: dict[str, Any] = {
        "CORS_ALLOWED_ORIGINS": [] if is_patterns else setup.origins,
        "CORS_ALLOWED_ORIGIN_REGEXES": patterns if is_patterns else [],
        "CORS_ALLOW_METHODS": METHODS,
        "CORS_ALLOW_HEADERS": ALLOW_HEADERS,
        "CORS_EXPOSE_HEADERS": EXPOSE_HEADERS,
        "CORS_ALLOW_CREDENTIALS": True,
        "CORS_PREFLIGHT_MAX_AGE": MAX_AGE,
    }

    def enter() -> None:
        for name, value in values.items():
            setattr(settings, name, value)

    return Built(app=_handler("corsheaders.middleware.CorsMiddleware"), enter=enter)


_SHAPES = frozenset({Shape.ORIGINS, Shape.PATTERNS})

ROWS = (
    Row(
        name="django-bare",
        title="bare Django",
        build=bare,
        base="django-bare",
        bare=True,
        shapes=_SHAPES,
    ),
    Row(
        name="django",
        title="django-cors-headers",
        build=with_headers,
        base="django-bare",
        shapes=_SHAPES,
    ),
)
