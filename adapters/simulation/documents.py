"""The documents that a simulated authority holds."""

import tomllib
from collections import Counter
from collections.abc import Callable, Mapping
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeAlias

Document: TypeAlias = dict[str, Any]
"""One document as its simulator describes it: plain values under the keys of its own catalogue."""

REMEMBERED = 100_000
"""References whose look-ups are counted; further ones are answered without a count."""


def _none(reference: str) -> Document | None:
    return None


class Documents:
    """The documents of one simulated authority: the catalogue's, generated ones, and what the control endpoint changed."""

    def __init__(
        self, catalogue: Mapping[str, Document], *, generated: Callable[[str], Document | None] = _none
    ) -> None:
        self._catalogue = {_key(reference): document for reference, document in catalogue.items()}
        self._generated = generated
        self._stored: dict[str, Document | None] = deepcopy(dict(self._catalogue))
        self._queries: Counter[str] = Counter()
        self.version = 0
        """Rises with every change: an answer kept beside its version is still the right one."""

    def find(self, reference: str) -> Document | None:
        """Return the document of that whole reference, blanks around it and case aside; None if there is none."""
        key = _key(reference)
        if key in self._queries or len(self._queries) < REMEMBERED:
            self._queries[key] += 1
        return self._look_up(key)

    def peek(self, reference: str) -> Document | None:
        """Return a document as `find` does, without counting."""
        return self._look_up(_key(reference))

    def put(self, reference: str, changes: Mapping[str, Any]) -> Document:
        """Set the given keys of a document, of a new one if there is none; a key with None is taken away."""
        document = deepcopy(self._look_up(_key(reference)) or {"reference": reference.strip()})
        document.update(changes)
        document = {key: value for key, value in document.items() if value is not None}
        self._stored[_key(reference)] = document
        self.version += 1
        return document

    def remove(self, reference: str) -> None:
        """Make the authority know no document of that reference."""
        self._stored[_key(reference)] = None
        self.version += 1

    def reset(self) -> None:
        """Go back to the catalogue and count look-ups from zero."""
        self._stored = deepcopy(dict(self._catalogue))
        self._queries.clear()
        self.version += 1

    @property
    def queries(self) -> dict[str, int]:
        """The number of look-ups of each reference since the start or the last reset."""
        return dict(self._queries)

    def stored(self) -> dict[str, Document]:
        """Return the documents of the catalogue and the changed ones; generated ones are without number."""
        return {key: document for key, document in self._stored.items() if document is not None}

    def _look_up(self, key: str) -> Document | None:
        if key in self._stored:
            return self._stored[key]
        return self._generated(key)


def read_catalogue(file: Path) -> dict[str, Document]:
    """Read a catalogue: a TOML file of `[[document]]` tables, each with its `reference`.

    Raises:
        ValueError: a table has no reference, or two have the same.
    """
    with file.open("rb") as stream:
        tables = tomllib.load(stream, parse_float=Decimal).get("document", [])
    catalogue: dict[str, Document] = {}
    for table in tables:
        reference = table.get("reference")
        if not isinstance(reference, str) or reference in catalogue:
            raise ValueError(f"{file}: every document needs a reference of its own, not {reference!r}")
        catalogue[reference] = table
    return catalogue


def _key(reference: str) -> str:
    return reference.strip().upper()
