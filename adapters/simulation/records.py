"""Documents of a simulated authority that answers JSON: written from forms in the catalogue."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

from adapters.simulation.documents import Document, Documents, read_catalogue

KEPT = 20_000
"""Records that are kept ready."""
_UNANSWERED = frozenset({"form", "reference", "story", "absent"})


def read_forms(file: Path) -> dict[str, Document]:
    """Read the `[form.NAME]` tables of a catalogue: the defaults of the documents of each form."""
    with file.open("rb") as stream:
        forms: dict[str, Document] = tomllib.load(stream)["form"]
    return {name: _without_absent({**form, "form": name}) for name, form in forms.items()}


def read_records(file: Path, forms: Mapping[str, Document]) -> dict[str, Document]:
    """Read a catalogue whose documents name their `form`, and the form's keys that are `absent` in them.

    Raises:
        KeyError: a document names no form.
    """
    return {
        reference: _without_absent({**forms[table["form"]], **table})
        for reference, table in read_catalogue(file).items()
    }


class Records:
    """The JSON records of an authority, each kept until a document changes."""

    def __init__(self, documents: Documents, *, form: Document, nullable: frozenset[str]) -> None:
        self._documents = documents
        self._form = form
        self._nullable = nullable
        self._kept: dict[str, Document | None] = {}
        self._version = documents.version

    def find(self, number: str) -> Document | None:
        """Return the record of a number, blanks and case aside; what it does not hold of `nullable` stands as null."""
        if self._version != self._documents.version or len(self._kept) > KEPT:
            self._kept.clear()
            self._version = self._documents.version
        plain = "".join(number.split()).upper()
        document = self._documents.find(plain)
        if document is None:
            return None
        if plain not in self._kept:
            # What was set on a document that the catalogue does not know stands on the form.
            self._kept[plain] = self._record(document if "form" in document else {**self._form, **document})
        return self._kept[plain]

    def _record(self, document: Document) -> Document:
        values = {key: value for key, value in document.items() if key not in _UNANSWERED}
        return {"number": document["reference"], **dict.fromkeys(sorted(self._nullable)), **values}


def as_json(value: Document) -> bytes:
    """Write a record as JSON; days and decimals as texts."""
    return json.dumps(value, default=str, ensure_ascii=False).encode()


def _without_absent(document: Document) -> Document:
    return {key: value for key, value in document.items() if key not in {"absent", *document.get("absent", ())}}
