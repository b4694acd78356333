"""The documents of an authority that its own file describes, and what it answers in some cases as it is recorded."""

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.simulation.documents import Document
from adapters.simulation.records import read_forms, read_records
from gateway.contract import Status
from gateway.dispatch.declarative import AuthorityFile

CATALOGUE = "simulator_documents.toml"
"""The file of the documents, beside the authority's."""
_BY_DIGIT: Mapping[str, Status] = {
    "1": Status.VALID, "2": Status.PENDING, "3": Status.REFUSED, "4": Status.SUSPENDED, "5": Status.WITHDRAWN, "6": Status.EXPIRED,
    "7": Status.VALID, "8": Status.VALID, "9": Status.VALID,
}  # fmt: skip
"""What the last digit of a number says of a document, where the catalogue numbers them so."""
_PAST = {"valid_from": date(2025, 1, 1), "valid_to": date(2025, 12, 31)}
_USED_BY = "26FR001260000907R6"
OTHER_HOLDER = "DE987654321098765"
"""Who holds the documents that end in 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """What a simulated authority holds: documents, and numbers by which there are more."""

    form: Document
    """What a document is made of that is set from outside and that nobody knew."""
    documents: Mapping[str, Document]
    numbered: Callable[[str], Document | None]


def read_catalogue(folder: Path, file: AuthorityFile) -> Catalogue:
    """Read the catalogue of a folder: `[form.NAME]`, `[[document]]` and `[[numbers]]`.

    Of `[[numbers]]` each number that matches `pattern` is a document of the `form`; with `by_digit` its last digit tells of which status, if it
    is used (7), nearly used (8) or of another holder (9), and the table `digit` what else is so then.
    """
    path = folder / CATALOGUE
    forms = read_forms(path)
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("numbers", [])
    patterns = [(re.compile(row["pattern"], re.ASCII), row) for row in rows]

    def numbered(reference: str) -> Document | None:
        row = next((row for pattern, row in patterns if pattern.fullmatch(reference)), None)
        if row is None:
            return None
        document = {**forms[row["form"]], "reference": reference}
        return _by_digit(document, row, file) if row.get("by_digit") else document

    return Catalogue(form=next(iter(forms.values())), documents=read_records(path, forms), numbered=numbered)


def _by_digit(document: Document, row: Mapping[str, Any], file: AuthorityFile) -> Document | None:
    digit = document["reference"][-1]
    if digit in row.get("digit", {}):
        changes = row["digit"][digit]
        return {key: one for key, one in {**document, **changes}.items() if key not in changes.get("absent", ())}
    if digit not in _BY_DIGIT:
        return None
    codes = file.statuses.codes.codes(_BY_DIGIT[digit], datetime.now(UTC).date())
    if not codes:
        return None
    status, _, reason = codes[0].partition("/")
    told: Document = {"status": status, **({"status_reason": reason} if reason else {})}
    if digit == "6":
        told |= {key: day for key, day in _PAST.items() if key in document}
    if digit == "9":
        told |= {"holders": [OTHER_HOLDER]} if "holders" in document else {"holder": OTHER_HOLDER}
    if digit in "78" and document.get("account"):
        told["used"] = [
            {
                "declaration": _USED_BY,
                "goods_item": 1,
                "line": line["number"],
                "quantity": str(Decimal(line["quantity"]["value"]) * Decimal("1" if digit == "7" else "0.96")),
            }
            for line in document["lines"]
        ]
    return {**document, **told}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedResponse:
    """A response of the authority as it is recorded."""

    method: str
    says: str | None
    """`not_found`, or the error that it becomes; None: it is an answer."""
    status: int
    body: bytes


def recorded_responses(folder: Path) -> Iterator[RecordedResponse]:
    """Yield the last response of each recording of a folder."""
    for path in sorted((folder / "exchanges").glob("*.toml")):
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        if "exchange" not in table:
            continue
        said = table["exchange"][-1]["response"]
        body = said["body"].encode() if "body" in said else (path.parent / said["body_file"]).read_bytes()
        expect = table.get("expect", {})
        yield RecordedResponse(
            method=table["call"]["method"],
            says=expect.get("raises") or ("not_found" if expect.get("status") == "not_found" else None),
            status=said["status"],
            body=body,
        )


def recorded_settings(folder: Path) -> Mapping[str, str]:
    """Return the settings with which a folder's recordings were made."""
    path = folder / "exchanges/settings.toml"
    settings: dict[str, str] = (
        tomllib.loads(path.read_text(encoding="utf-8")).get("settings", {}) if path.exists() else {}
    )
    return settings
