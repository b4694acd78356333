"""The file of a national copy: operators by their EORIs and their authorisations, CSV; every fault of it with its line."""

import csv
import re
from collections.abc import Iterator, Mapping
from datetime import date
from enum import StrEnum
from typing import TypeVar

from gateway.domain.errors import ConfigurationError
from gateway.wings.controls.parties.facts import AeoAuthorisation, AeoState, AeoType, EoriState, PartyFacts

COLUMNS = ("eori", "eori_state", "type", "state", "effective", "number", "reason")
MOST = 1_000_000
"""The lines of a file."""
_MOST_HELD = 50
"""The authorisations of one operator."""
_FAULTS = 50
"""The faults that are named."""
_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")
_LONGEST = 35

Kind = TypeVar("Kind", bound=StrEnum)


def read_copy(raw: bytes, file: str) -> Mapping[str, PartyFacts]:
    """Return what a file says of operators, by their EORIs.

    Raises:
        ConfigurationError: it is not sound; with its faults.
    """
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise ConfigurationError((f"{file}: not UTF-8",)) from None
    rows = csv.DictReader(text.splitlines(), strict=True)
    found, faults = dict[str, PartyFacts](), list[str]()
    try:
        if tuple(rows.fieldnames or ()) != COLUMNS:
            raise ConfigurationError((f"{file}:1: its columns are {','.join(COLUMNS)}",))
        for row in rows:
            at = f"{file}:{rows.line_num}"
            faults += [f"{at}: {one}" for one in _taken(row, found)]
            if rows.line_num > MOST:
                faults.append(f"{at}: more than {MOST} lines")
            if len(faults) >= _FAULTS:
                break
    except csv.Error as error:
        faults.append(f"{file}:{rows.line_num}: not CSV: {error}")
    if not found and not faults:
        faults.append(f"{file}: it names nobody")
    if faults:
        raise ConfigurationError(tuple(faults))
    return found


def _taken(row: Mapping[str | None, str | list[str] | None], found: dict[str, PartyFacts]) -> Iterator[str]:
    """Add what a line says; yield its faults."""
    if None in row or None in row.values():
        yield f"it has not {len(COLUMNS)} columns"
        return
    said = {name: str(value).strip() for name, value in row.items() if name is not None}
    eori, faults = said["eori"], list[str]()
    if not _EORI.fullmatch(eori):
        faults.append(f"{eori[:_LONGEST]!r} is no EORI: two capital letters, then up to 15 capital letters or figures")
    state = _one_of(EoriState, said["eori_state"], "eori_state", faults)
    held = _authorisation(said, faults) if any(said[name] for name in COLUMNS[2:]) else None
    known = found.get(eori)
    if known is not None and known.state is not state:
        faults.append(f"{eori} is {known.state} on a line before")
    if known is not None and held is not None and len(known.authorisations) >= _MOST_HELD:
        faults.append(f"{eori} has more than {_MOST_HELD} authorisations")
    if known is not None and (held is None or held in known.authorisations):
        faults.append(f"{eori} stands twice with the same")
    yield from faults
    if not faults and state is not None:
        before = known.authorisations if known is not None else ()
        found[eori] = PartyFacts(state=state, authorisations=(*before, held) if held is not None else before)


def _authorisation(said: Mapping[str, str], faults: list[str]) -> AeoAuthorisation | None:
    kind = _one_of(AeoType, said["type"], "type", faults)
    state = _one_of(AeoState, said["state"], "state", faults)
    try:
        effective = date.fromisoformat(said["effective"])
    except ValueError:
        faults.append("effective: a day is written as in 2026-11-24")
        return None
    faults += [
        f"{name}: longer than {_LONGEST} characters" for name in ("number", "reason") if len(said[name]) > _LONGEST
    ]
    if said["reason"] and state is not AeoState.SUSPENDED:
        faults.append("reason: only what is suspended has one")
    if kind is None or state is None:
        return None
    return AeoAuthorisation(
        type=kind, state=state, effective=effective, number=said["number"] or None, reason=said["reason"] or None
    )


def _one_of(kind: type[Kind], value: str, name: str, faults: list[str]) -> Kind | None:
    try:
        return kind(value)
    except ValueError:
        faults.append(f"{name}: {value[:_LONGEST]!r} is none of {', '.join(kind)}")
        return None
