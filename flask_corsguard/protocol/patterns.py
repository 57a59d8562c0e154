"""
Origin patterns, and the index that holds one origin against many of them.

A pattern is a text. What an origin can be matched by is a short list of texts too (its
candidates), so matching is membership in a set, whatever the number of patterns; a database can be
asked the same question with one indexed query. Regular expressions would do all this and much
more, which is the trouble with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeGuard, cast

from .origins import DEFAULT_PORTS, MAX_ORIGIN_BYTES, Origin, parse_origin

if TYPE_CHECKING:
    from .decision import RequestHead

__all__ = [
    "EVERYBODY",
    "OriginCheck",
    "OriginIndex",
    "OriginMemory",
    "OriginPattern",
    "OriginRule",
    "OriginStore",
    "candidates",
    "is_regex",
    "is_store",
    "parse_pattern",
]

EVERYBODY = "*"

_MOST_ASKED = 4096

OriginCheck: TypeAlias = "Callable[[str, RequestHead], bool]"
"""A callable that is asked at request time; only True allows."""


class OriginStore(Protocol):
    """
    Hold allowed origins that change while the application runs.
    """

    def allows(self, origin: str, head: RequestHead, /) -> bool:
        """
        Tell whether an origin is allowed; only True allows.

        Args:
            origin: The text of a parsed origin.
            head: The request. A preflight carries no cookie, so what matters is in the URL.

        Raises:
            Exception: If that cannot be told now; the request is rejected.
        """
        ...


class OriginMemory(OriginStore, Protocol):
    """
    Be an origin store that can say some of it at once.

    It is asked before the request is routed, which spares the guard to watch it any further. It is
    not asked where a subclass overrides `allows` alone, of which it knows nothing, and where
    another store or callable stands in front, which may fail.
    """

    def remembers(self, origin: str, /) -> bool:
        """
        Tell whether `allows` would say True now, whatever the rest of the request, without waiting.

        Args:
            origin: The text of an origin that `allows` has said True to before.

        Returns:
            True if so; False if `allows` has to be asked.
        """
        ...


OriginRule: TypeAlias = "str | re.Pattern[str] | OriginCheck | OriginStore"
"""One element of `origins`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OriginPattern:
    """
    Stand for the origins that one text allows.

    Attributes:
        text: As written.
        origin: The text without its wildcards.
        subdomains: Whether it stands for one or more labels in front of the host.
        any_port: Whether it stands for every port.
        any_host: Whether it stands for every host of a scheme other than http and https.
    """

    text: str
    origin: Origin
    subdomains: bool = False
    any_port: bool = False
    any_host: bool = False

    @property
    def is_exact(self) -> bool:
        """
        Tell whether it stands for a single origin.
        """
        return not (self.subdomains or self.any_port or self.any_host)


def parse_pattern(text: str) -> OriginPattern | None:
    """
    Parse what may be written for origins, `*` aside.

    Args:
        text: An origin, `scheme://*.host`, either with `:port` or `:*`, or `scheme://*`.

    Returns:
        The pattern, or None if it is none.
    """
    scheme, separator, rest = text.partition("://")
    if not separator:
        return None
    if rest == "*":
        base = None if scheme in DEFAULT_PORTS else parse_origin(f"{scheme}://")
        any_host = base is not None and scheme != "file"
        return OriginPattern(text=text, origin=base, any_host=True) if base and any_host else None
    any_port = rest.endswith(":*")
    subdomains = rest.startswith("*.")
    plain = rest.removeprefix("*.").removesuffix(":*")
    origin = parse_origin(f"{scheme}://{plain}")
    if origin is None or (any_port and (origin.port is not None or not origin.host)):
        return None
    if subdomains and not origin.has_domain:
        return None
    return OriginPattern(text=text, origin=origin, subdomains=subdomains, any_port=any_port)


def is_regex(value: object) -> TypeGuard[re.Pattern[Any]]:
    """
    Tell whether a value is a compiled regular expression, of text or of bytes.
    """
    return isinstance(value, re.Pattern)


def is_store(value: object) -> TypeGuard[OriginStore]:
    """
    Tell whether a value is an origin store: an object whose class has a method `allows`.

    The class is asked: a mock has every attribute, and a proxy may stand for nothing yet.
    """
    return not isinstance(value, type) and callable(getattr(type(value), "allows", None))


def _memory_of(rule: OriginCheck | OriginStore) -> Callable[[str], bool] | None:
    """
    Give the method `remembers` of a store, if it speaks for its `allows`.
    """
    if not is_store(rule) or "allows" in getattr(rule, "__dict__", {}):
        return None
    kinds: tuple[type, ...] = type(rule).__mro__
    last = next((k for k in kinds if "remembers" in vars(k) or "allows" in vars(k)), object)
    return cast("OriginMemory", rule).remembers if "remembers" in vars(last) else None


def candidates(origin: Origin, depths: Iterable[int] | None = None) -> Iterator[str]:
    """
    Yield the text of every pattern that allows an origin, the most specific first.

    Args:
        origin: A parsed origin.
        depths: How many labels the wanted subdomain patterns have behind their `*.`; None: any.
    """
    host, port = origin.host, "" if origin.port is None else f":{origin.port}"
    yield f"{origin.scheme}://{host}{port}"
    if host:
        yield f"{origin.scheme}://{host}:*"
    if origin.has_domain:
        labels = host.split(".")
        for depth in range(len(labels) - 1, 0, -1) if depths is None else depths:
            if depth < len(labels):
                suffix = ".".join(labels[-depth:])
                yield f"{origin.scheme}://*.{suffix}{port}"
                yield f"{origin.scheme}://*.{suffix}:*"
    elif origin.scheme not in DEFAULT_PORTS:
        yield f"{origin.scheme}://*"


class OriginIndex:
    """
    Answer whether any of many rules allows an origin.

    Cost grows with the length of the origin and with the number of regular expressions and
    callables, not with the number of patterns.

    Attributes:
        exact: The origins that are allowed as they stand.
    """

    __slots__ = ("_asked", "_callables", "_depths", "_memory", "_patterns", "_regexes", "exact")

    def __init__(self, rules: Iterable[OriginRule]) -> None:
        """
        Sort valid rules into look-ups.

        Args:
            rules: Rules that have passed validation; `*` is not among them.
        """
        exact: set[str] = set()
        patterns: set[str] = set()
        depths: set[int] = set()
        others: list[re.Pattern[str] | OriginCheck | OriginStore] = []
        for rule in rules:
            if not isinstance(rule, str):
                others.append(rule)
            elif "*" not in rule:  # it has been parsed before, and there may be many
                exact.add(rule)
            elif (pattern := parse_pattern(rule)) is not None:
                patterns.add(rule)
                if pattern.subdomains:
                    depths.add(pattern.origin.host.count(".") + 1)
        self.exact: frozenset[str] = frozenset(exact)
        self._patterns = frozenset(patterns)
        self._depths = tuple(sorted(depths, reverse=True))
        self._regexes = tuple(rule for rule in others if isinstance(rule, re.Pattern))
        asked = [rule for rule in others if not isinstance(rule, re.Pattern)]
        self._callables: tuple[OriginCheck, ...] = tuple(
            rule.allows if is_store(rule) else cast("OriginCheck", rule) for rule in asked
        )
        self._memory = _memory_of(asked[0]) if asked else None
        self._asked: set[str] = set()

    def __bool__(self) -> bool:
        """
        Tell whether any origin can be allowed at all.
        """
        return bool(self.exact or self._patterns or self._regexes or self._callables)

    @property
    def is_static(self) -> bool:
        """
        Tell whether the answer depends on the origin alone, now and later.
        """
        return not self._callables

    @property
    def has_patterns(self) -> bool:
        """
        Tell whether any rule has a wildcard.
        """
        return bool(self._patterns)

    def covers(self, origin: Origin, *, besides: str) -> bool:
        """
        Tell whether a wildcard pattern other than one given allows an origin.
        """
        return any(c in self._patterns and c != besides for c in candidates(origin, self._depths))

    def lists(self, text: str) -> bool:
        """
        Tell whether the exact text of an origin is among the rules.

        Every text in the set has been parsed when it was put there, so one that is found need not
        be parsed again. The length is looked at first: hashing a megabyte is work.
        """
        return len(text) <= MAX_ORIGIN_BYTES and text in self.exact

    def permits(self, text: str) -> bool:
        """
        Tell whether any rule but the callables allows what an `Origin` header says.

        Where all rules are exact, a text that is not among them need not be parsed, either.

        Args:
            text: The header's value.
        """
        if len(text) > MAX_ORIGIN_BYTES:
            return False
        if text in self.exact:
            return True
        if not (self._patterns or self._regexes):
            return False
        origin = parse_origin(text)
        return origin is not None and self.allows(origin)

    def allows(self, origin: Origin) -> bool:
        """
        Tell whether any rule but the callables allows an origin.

        Args:
            origin: A parsed origin.
        """
        text = str(origin)
        if text in self.exact:
            return True
        if self._patterns and any(c in self._patterns for c in candidates(origin, self._depths)):
            return True
        return any(regex.fullmatch(text) is not None for regex in self._regexes)

    def remembers(self, text: str) -> bool:
        """
        Tell whether the store that is asked first knows at once what an `Origin` header says.

        What fails here is told when the store is asked for good.

        Args:
            text: The header's value.
        """
        if self._memory is None or not self.was_allowed(text):
            return False
        try:
            return self._memory(text) is True
        except Exception:  # noqa: BLE001 - a user's code
            return False

    def was_allowed(self, text: str) -> bool:
        """
        Tell whether a callable has allowed an origin before; then only callables can do so.

        Its text has been parsed then, and held against all other rules.

        Args:
            text: The value of an `Origin` header.
        """
        return len(text) <= MAX_ORIGIN_BYTES and text in self._asked

    def asks(self, origin: str, head: RequestHead) -> bool:
        """
        Tell whether any callable allows an origin.

        A mock, a coroutine and a query object are all truthy: only True allows.

        Args:
            origin: The text of a parsed origin.
            head: The request.

        Raises:
            Exception: Whatever a callable raises.
        """
        allowed = any(check(origin, head) is True for check in self._callables)
        if allowed and origin not in self._asked:
            # No stranger can fill it; a wildcard in a store can.
            if len(self._asked) >= _MOST_ASKED:
                self._asked.clear()
            self._asked.add(origin)
        return allowed
