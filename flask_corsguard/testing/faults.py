"""
Why a browser blocks: a closed set of checks, and what each found.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

__all__ = ["Check", "Fault"]


class Check(StrEnum):
    """
    Name the check that failed.
    """

    ALLOW_ORIGIN_MISSING = "allow-origin-missing"
    ALLOW_ORIGIN_MULTIPLE = "allow-origin-multiple"
    ALLOW_ORIGIN_INVALID = "allow-origin-invalid"
    ALLOW_ORIGIN_MISMATCH = "allow-origin-mismatch"
    ALLOW_ORIGIN_WILDCARD = "allow-origin-wildcard"
    ALLOW_CREDENTIALS = "allow-credentials"
    PREFLIGHT_REDIRECT = "preflight-redirect"
    PREFLIGHT_STATUS = "preflight-status"
    ALLOW_METHODS_INVALID = "allow-methods-invalid"
    ALLOW_HEADERS_INVALID = "allow-headers-invalid"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    HEADER_NOT_ALLOWED = "header-not-allowed"
    REDIRECT_LOCATION = "redirect-location"
    REDIRECT_SCHEME = "redirect-scheme"
    REDIRECT_USERINFO = "redirect-userinfo"
    REDIRECT_LIMIT = "redirect-limit"
    REDIRECT_MODE = "redirect-mode"
    SAME_ORIGIN_MODE = "same-origin-mode"
    SCHEME = "scheme"
    RESOURCE_POLICY = "resource-policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """
    Hold what a check found.

    Attributes:
        check: Which one failed.
        value: What the server sent that was wrong: a header's value, a status, a URL.
        subject: What was asked for and not allowed: a method, or a header as script wrote it.
        preflight: Whether the response to the preflight is at fault, not the one asked for.
    """

    check: Check
    value: str = ""
    subject: str = ""
    preflight: bool = False
