"""The names by which people and machines call a declaration: its id, its MRN, or its LRN with the declarant."""

import re
from dataclasses import dataclass

from gateway.domain.errors import CallInvalid

BY_LRN = "-"
"""What stands in the place of an id where an LRN names the declaration: an LRN may hold any character."""
_ID = re.compile(r"[0-9A-Fa-f]{8}(-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}")
_BARE = re.compile(r"[0-9a-f]{32}")
_MRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationName:
    """The name of a declaration: one of its id, its MRN and its LRN; none of them names nothing."""

    id: str | None = None
    mrn: str | None = None
    lrn: str | None = None
    declarant: str | None = None
    """Whose LRN it is; None: anybody's, if only one has it."""

    @classmethod
    def of_place(cls, place: str, lrn: str | None = None, declarant: str | None = None) -> "DeclarationName":
        """Return the name that stands in an address: an id or MRN at its place, or an LRN beside it.

        Raises:
            CallInvalid: it names two, or an LRN is missing.
        """
        if place == BY_LRN:
            if not lrn:
                raise CallInvalid(f"lrn is missing: with {BY_LRN} in place of the id it names the declaration.")
            return cls(lrn=lrn, declarant=declarant or None)
        if lrn is not None or declarant is not None:
            raise CallInvalid(
                f"lrn and declarant name a declaration where {BY_LRN} stands in place of its id; here another name stands."
            )
        return cls.of_text(place) if _MRN.fullmatch(place.upper()) else cls(id=_id(place))

    @classmethod
    def of_text(cls, text: str, declarant: str | None = None) -> "DeclarationName":
        """Return the name that somebody typed: an id, else an MRN, else an LRN; with a declarant always an LRN."""
        if declarant is None and (found := _id(text)) is not None:
            return cls(id=found)
        if declarant is None and _MRN.fullmatch(text.upper()):
            return cls(mrn=text.upper())
        return cls(lrn=text, declarant=declarant)

    @property
    def place(self) -> str:
        """What stands in an address in the place of the id."""
        return self.id or self.mrn or BY_LRN

    @property
    def beside(self) -> dict[str, str]:
        """What stands beside it, in the query."""
        stated = {"lrn": self.lrn, "declarant": self.declarant}
        return {name: value for name, value in stated.items() if value is not None}


def _id(text: str) -> str | None:
    """Return the id as it is stored; it may have been written without its hyphens."""
    bare = text.replace("-", "").lower()
    if not _ID.fullmatch(text) or not _BARE.fullmatch(bare):
        return None
    return "-".join((bare[:8], bare[8:12], bare[12:16], bare[16:20], bare[20:]))
