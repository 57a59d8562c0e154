"""
The tenants; in a real service, they would be rows of a table, too.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TENANTS", "Tenant"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """
    Hold a tenant.
    """

    name: str
    business: str
    orders: tuple[str, ...]
    origins: tuple[tuple[str, str], ...]


TENANTS = {
    "apples": Tenant(
        name="Apples & Co.",
        business="A shop with one front end, and a developer's at home",
        orders=("12 Boskoop", "30 Cox Orange"),
        origins=(
            ("https://shop.apples.example", "the shop"),
            ("http://localhost:*", "development"),
        ),
    ),
    "pears": Tenant(
        name="Pear Partners",
        business="A front end for each of its partners",
        orders=("7 Conference",),
        origins=(("https://*.pears.example", "all partners"),),
    ),
}
