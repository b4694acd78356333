"""The names of declarations in addresses: id, MRN, or LRN."""

from dataclasses import dataclass
from urllib.parse import quote

from gateway_client.results import Declaration


@dataclass(frozen=True, slots=True)
class ByLrn:
    """A declaration by its LRN, and the declarant whose LRN it is where several have the same."""

    lrn: str
    declarant: str | None = None


Named = str | ByLrn | Declaration
"""A declaration by its id or MRN, by its LRN, or itself."""


def address(named: Named, step: str = "") -> str:
    """Return the address of a declaration, or of a step of it."""
    match named:
        case ByLrn():
            place = "-"
        case Declaration():
            place = named.id
        case _:
            place = named
    if not place or place in {".", ".."}:
        raise ValueError(f"{place!r} names no declaration")
    return f"/v1/declarations/{quote(place, safe='')}" + (f"/{step}" if step else "")


def beside(named: Named) -> dict[str, str]:
    """Return what names a declaration in the query."""
    if not isinstance(named, ByLrn):
        return {}
    stated = {"lrn": named.lrn, "declarant": named.declarant}
    return {name: value for name, value in stated.items() if value is not None}
