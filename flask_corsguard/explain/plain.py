"""
Values for JSON: the fields of dataclasses by name, tuples as lists, names of closed sets as text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import cast

__all__ = ["to_fields", "to_plain"]


def to_plain(value: object) -> object:
    """
    Turn a tree of values into what JSON can hold.

    Args:
        value: A dataclass, a mapping, a collection, or a plain value; what is none of these
            becomes its text.
    """
    if isinstance(value, Enum):
        return cast("object", value.value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if is_dataclass(value):
        return to_fields(value)
    if isinstance(value, Mapping):
        table = cast("Mapping[object, object]", value)
        return {str(key): to_plain(each) for key, each in table.items()}
    if isinstance(value, frozenset | set):
        return sorted(map(str, cast("set[object]", value)))
    if isinstance(value, tuple | list):
        return [to_plain(each) for each in cast("list[object]", value)]
    return str(value)


def to_fields(value: object) -> dict[str, object]:
    """
    Turn a dataclass into a table of what JSON can hold.

    Args:
        value: The dataclass's instance.
    """
    names = [field.name for field in fields(value)] if is_dataclass(value) else []
    return {name: to_plain(getattr(value, name)) for name in names}
