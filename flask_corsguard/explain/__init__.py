"""
Why? The explanations that the command line and the inspector share.

Pure functions from an application, what governs it and a question to trees of frozen values; how
these are shown is for the callers. Nothing here prints, and no view is run.
"""

from .asked import Asked, base_url_of
from .console_lines import SentenceExplanation, explain_sentence
from .effective import Setting, effective
from .explaining import explain
from .explanation import (
    BrowserVerdict,
    Change,
    Explanation,
    Message,
    Remedy,
    Step,
    Wisdom,
)
from .governing import Governing, Source
from .lint import lint, no_guard
from .plain import to_fields, to_plain
from .sentences import Reading, read_sentence
from .survey import RouteRow, RuleRow, Survey, survey

__all__ = [
    "Asked",
    "BrowserVerdict",
    "Change",
    "Explanation",
    "Governing",
    "Message",
    "Reading",
    "Remedy",
    "RouteRow",
    "RuleRow",
    "SentenceExplanation",
    "Setting",
    "Source",
    "Step",
    "Survey",
    "Wisdom",
    "base_url_of",
    "effective",
    "explain",
    "explain_sentence",
    "lint",
    "no_guard",
    "read_sentence",
    "survey",
    "to_fields",
    "to_plain",
]
