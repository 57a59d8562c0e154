"""
The catalogue of problems: one code each, never reused, and the page in the reference is made of it.

The hundreds tell the subject: 1 origins, 2 methods, 3 request headers, 4 response headers,
5 max_age, 6 options and their values, 7 paths and resources, 8 names and marks on views, 9 what is
seen from outside: the application around the guard, which `flask cors check` looks at.
"""

from __future__ import annotations

from ..errors import Problem, Severity

__all__ = ["CODES", "make_problem"]

_E, _W = Severity.ERROR, Severity.WARNING

CODES: dict[str, tuple[Severity, str]] = {
    "CG101": (_E, "An origin is no string, no compiled regular expression, no callable, no store."),
    "CG102": (_E, "An origin is empty."),
    "CG103": (_E, "An origin holds spaces, quotes or control characters."),
    "CG104": (_E, "An origin has no scheme."),
    "CG105": (_E, "An origin has a path, a query or a fragment."),
    "CG106": (_E, "An origin holds a user name or password."),
    "CG107": (_E, "An origin is not in lower case."),
    "CG108": (_E, "An origin writes out its scheme's default port."),
    "CG109": (_E, "An origin's port is no port."),
    "CG110": (_E, "An origin's host is no host."),
    "CG111": (_E, "An origin is not ASCII; browsers send internationalized hosts as punycode."),
    "CG112": (_E, "An address is not written as browsers serialize it."),
    "CG113": (_E, "Several origins stand in one string."),
    "CG114": (_E, "The opaque origin 'null' is allowed to nobody."),
    "CG115": (_E, "A wildcard stands where none can."),
    "CG116": (_E, "A regular expression stands in a plain string."),
    "CG117": (_E, "A scheme never appears in an Origin header."),
    "CG118": (_E, "A label begins with 'xn--' but is not punycode."),
    "CG119": (_E, "'*' stands among other origins."),
    "CG120": (_E, "A placeholder or a stringified value stands where an origin should."),
    "CG121": (_E, "An origin is longer than any that is looked at."),
    "CG130": (_E, "'*' cannot go with credentials."),
    "CG131": (_E, "Plain http goes with credentials."),
    "CG132": (_E, "Strangers may register names below a wildcard that goes with credentials."),
    "CG133": (_W, "Anyone can run script under this origin."),
    "CG134": (_W, "A host ends in a dot."),
    "CG135": (_W, "An origin is listed twice."),
    "CG136": (_W, "An origin is covered by a wildcard already."),
    "CG137": (_W, "Nobody is allowed."),
    "CG138": (_W, "Every extension of a browser goes with credentials."),
    "CG140": (_E, "A regular expression can take exponential time."),
    "CG141": (_W, "A regular expression can take polynomial time."),
    "CG142": (_E, "A regular expression cannot be judged by its structure."),
    "CG143": (_E, "A regular expression also matches foreign origins."),
    "CG144": (_E, "A regular expression is made of bytes."),
    "CG145": (_E, "A callable or a store for origins is a coroutine function."),
    "CG146": (_E, "A regular expression matches no origin at all."),
    "CG150": (_E, "A scope in a table of origins has no fit name."),
    "CG151": (_E, "A row of a table of origins is there already."),
    "CG152": (_E, "A field of a row of a table of origins cannot be read."),
    "CG153": (_E, "What stands in a row is no pattern for a table of origins."),
    "CG201": (_E, "A method is not a token."),
    "CG202": (_E, "A method is forbidden to script."),
    "CG203": (_E, "'*' stands among other methods."),
    "CG204": (_W, "A method is not written as it is sent."),
    "CG205": (_W, "A method is listed twice."),
    "CG301": (_E, "A request header's name is not a token."),
    "CG302": (_E, "A request header is forbidden to script."),
    "CG303": (_E, "A response header stands among the request headers."),
    "CG304": (_E, "'*' stands among other request headers."),
    "CG305": (_W, "A request header is listed twice."),
    "CG306": (_W, "A request header looks like a typing error."),
    "CG307": (_W, "Some servers take a header with an underscore for another one."),
    "CG308": (_W, "A header lets script change the method behind the method list's back."),
    "CG401": (_E, "A response header's name is not a token."),
    "CG402": (_E, "A response header is never shown to script."),
    "CG403": (_E, "A response header is of use in preflights only."),
    "CG404": (_E, "'*' in expose_headers does not work with credentials."),
    "CG405": (_E, "'*' stands among other response headers."),
    "CG406": (_W, "A response header is listed twice."),
    "CG407": (_W, "A response header is shown to script anyway."),
    "CG501": (_E, "max_age is neither whole seconds nor a timedelta."),
    "CG502": (_E, "max_age is negative."),
    "CG503": (_W, "max_age is longer than any browser keeps a preflight."),
    "CG601": (_E, "An option is unknown."),
    "CG602": (_E, "An option has another name here."),
    "CG603": (_E, "An option of another library does not exist here, on purpose."),
    "CG604": (_E, "A switch is neither True nor False."),
    "CG605": (_E, "A list of values is not a list."),
    "CG606": (_E, "A name is not made of letters, digits, dots, hyphens and underscores."),
    "CG607": (_E, "enforce is neither True, False nor 'report'."),
    "CG608": (_E, "A value from the configuration cannot be read."),
    "CG609": (_W, "A key of another library stands in app.config."),
    "CG610": (_E, "Rules in app.config would open what the code has closed."),
    "CG701": (_E, "A path pattern does not begin with a slash."),
    "CG702": (_E, "A wildcard in a path pattern is not a whole segment."),
    "CG703": (_E, "A path pattern holds what is no path."),
    "CG704": (_E, "Two path patterns are the same."),
    "CG705": (_E, "A resource is neither a Policy, options nor the name of a policy."),
    "CG706": (_E, "A regular expression for paths can take exponential time."),
    "CG801": (_E, "A policy's name is unknown."),
    "CG802": (_E, "A decorator above dropped the mark of @cross_origin or @same_origin."),
    "CG803": (_E, "An endpoint is unknown."),
    "CG804": (_W, "Nothing anywhere allows anybody."),
    "CG900": (_E, "The application has no guard."),
    "CG901": (_W, "max_age is so short that browsers ask again and again."),
    "CG902": (_W, "Every subdomain is trusted with credentials."),
    "CG903": (_W, "A method is allowed that no route has."),
    "CG904": (_W, "Something runs before the guard can answer a preflight."),
    "CG905": (_W, "A cookie stays at home where a policy allows credentials."),
    "CG906": (_W, "A path rule matches no route."),
    "CG907": (_W, "A path rule governs nothing, because others go before it."),
    "CG908": (_W, "Another CORS library is at work in the same application."),
}
"""Code: how bad it is, and what it says in general."""


def make_problem(code: str, where: str, value: object, why: str, fix: str) -> Problem:
    """
    Make a problem with the severity that the catalogue gives its code.

    Args:
        code: A key of `CODES`.
        where: The place.
        value: What stands there.
        why: The rest of the sentence that begins with the value, without its full stop.
        fix: What to write instead, as a sentence.
    """
    severity, _ = CODES[code]
    return Problem(code=code, severity=severity, where=where, value=value, why=why, fix=fix)
