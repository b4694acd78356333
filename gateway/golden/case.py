"""Golden cases: a declaration, the answers about it, and the decision that officers signed.

A case is a folder: `declaration.json`, `answers.toml`, `expected.json`; its own tables are in `tables/`, near misses
(`near_miss`) in `near.toml`.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import tomli
from msgspec import structs

from gateway.decisions import RULES, Case, Judgement, RuleSet, as_if_held
from gateway.domain.codec import decode, encode
from gateway.domain.contingency import Window
from gateway.domain.control_order import Controlled
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration
from gateway.domain.document import DocumentKey
from gateway.domain.errors import ConfigurationError
from gateway.domain.facts import Facts, KnownBefore
from gateway.domain.identity import recorded
from gateway.domain.movement import Movement, OwnPosition
from gateway.domain.release import ReleasedItem
from gateway.domain.suspension import Suspended
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import Verification
from gateway.routing import plan

T = TypeVar("T")

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
"""The time at which quantities were ordered."""
_MRN = "26FR001260000001R6"
_OFFICE = "FR001260"
_FLAGS = frozenset({"released", "partly", "given_back", "invalidating", "goods_out", "attempts_lost"})
"""Facts that the file states under their own names, as they are."""
_ANSWERS = (
    _FLAGS
    | {
        "day",
        "on",
        "accepted",
        "moved_before",
        "taken_before",
        "untold",
        "told_often",
        "unpublished_untold",
        "released_under",
        "standing",
        "spelled",
    }
    | {"answer", "window", "before", "movement", "part", "suspension", "control"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFiles:
    """A case as read from its files."""

    declaration: Mapping[str, Any]
    """The declaration's JSON."""
    answers: Mapping[str, Any]
    """The answers, the date that counts, the stage, and what was moved."""


def folders(cases: Path) -> tuple[Path, ...]:
    """Return the cases of a folder."""
    return tuple(sorted(file.parent for file in cases.glob("*/declaration.json")))


def read_files(folder: Path) -> CaseFiles:
    """Read a case's files.

    Raises:
        ConfigurationError: if one of them is not there, or cannot be read.
    """
    file = folder / "declaration.json"
    try:
        declaration = json.loads(file.read_bytes())
        file = folder / "answers.toml"
        answers = tomli.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError((f"{file}: cannot be read: {error}",)) from error
    return CaseFiles(declaration=declaration, answers=answers)


def opened(files: CaseFiles, tables: Tables, rules: RuleSet = RULES) -> Case:
    """Open the case of these files.

    What was moved is stated in `[[movement]]` tables. Without any, everything that the declaration has to reserve is reserved,
    as the judgement itself orders it; with `standing = "none"` nothing was moved.

    Raises:
        ValueError: if the files state no facts.
    """
    case = _case(files, tables)
    return replace(case, facts=structs.replace(case.facts, movements=tuple(_movements(files, case, rules))))


def moved(files: CaseFiles, tables: Tables) -> tuple[Movement, ...]:
    """Return what was ordered of quantities in a case."""
    return opened(files, tables).facts.movements


def decided(files: CaseFiles, tables: Tables, rules: RuleSet = RULES) -> Decision:
    """Decide the case of these files.

    Raises:
        ValueError: if the files state no facts.
    """
    return _judged(opened(files, tables, rules), rules).decision()


def written(decision: Decision) -> str:
    """Write a decision as it is kept in `expected.json`: without the identity of the tables, which changes with every row,
    without a profile's codes and a document's holder, which are beside it, without what its sentences are made of, and without the class of documents that
    authorities are asked about.
    """
    content: dict[str, Any] = json.loads(encode(decision))
    del content["rules"]
    for document in content["documents"]:
        del document["national"]
        del document["holder"]
        for name in ("document_class", "unasked"):
            if document[name] is None:
                del document[name]
    for finding in content["findings"]:
        del finding["params"]
        del finding["nature"], finding["told"]  # by its row, as its effect: the book of rules shows it
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def reserved(judgement: Judgement) -> tuple[OwnPosition, ...]:
    """Return movements that reserve everything as intended, where it can be reserved."""
    return as_if_held(judgement, AT)


def _case(files: CaseFiles, tables: Tables) -> Case:
    answers = files.answers
    declaration = _all_of(files.declaration, decode(json.dumps(files.declaration), Declaration), "declaration")
    for key in sorted(answers.keys() - _ANSWERS):
        raise ValueError(f"answers.{key} is no fact of a case")
    try:
        day: date = answers["day"]
        accepted: bool = answers["accepted"]
    except KeyError as missing:
        raise ValueError(f"{missing.args[0]} is not stated") from missing
    often = tuple((kind, reference) for kind, reference in answers.get("told_often", []))
    planned = plan(declaration, tables, on=day, mrn=declaration.mrn, identify=recorded(_spelled(answers)))
    return Case(
        declaration=declaration,
        plan=planned,
        tables=tables,
        on=answers.get("on"),
        accepted=accepted,
        facts=Facts(
            verifications=_each(answers, "answer", Verification),
            parts=_each(answers, "part", ReleasedItem),
            moved_before=tuple(sorted(DocumentKey(*one) for one in answers.get("moved_before", []))),
            windows=_each(answers, "window", Window),
            released_under=tuple(sorted(tuple(one) for one in answers.get("released_under", []))),
            before=_each(answers, "before", KnownBefore),
            taken_before=tuple((kind, reference) for kind, reference in answers.get("taken_before", [])),
            spelled=planned.spelled,
            suspensions=_each(answers, "suspension", Suspended),
            controls=_each(answers, "control", Controlled),
            told_often=often,
            **{name: answers[name] for name in _FLAGS & answers.keys()},
        ),
        untold=frozenset(DocumentKey(*one) for one in (*answers.get("untold", []), *often)),
        unpublished_untold=answers.get("unpublished_untold", False),
    )


def _spelled(answers: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the documents that have several spellings: each entry is a type, a spelling, and the one that it goes under."""
    return [(kind, spelling, reference) for kind, spelling, reference in answers.get("spelled", [])]


def _each(answers: Mapping[str, Any], key: str, kind: type[T]) -> tuple[T, ...]:
    tables = enumerate(answers.get(key, []), 1)
    return tuple(_all_of(one, msgspec.convert(one, kind), f"answers.{key}[{place}]") for place, one in tables)


def _all_of(content: Any, read: T, way: str) -> T:
    """Return what was read if it is all that the file states: a misspelled key is no fact, and would be passed over.

    Raises:
        ValueError: if a key was passed over.
    """
    for unread in _unread(content, json.loads(encode(read)), way):
        raise ValueError(f"{unread} is no fact of a case")
    return read


def _unread(content: Any, read: Any, way: str) -> Iterator[str]:
    if isinstance(content, Mapping) and isinstance(read, Mapping):
        for key, value in content.items():
            if key in read:
                yield from _unread(value, read[key], f"{way}.{key}")
            else:
                yield f"{way}.{key}"
    elif isinstance(content, list) and isinstance(read, list):
        for place, (one, there) in enumerate(zip(content, read, strict=False), 1):
            yield from _unread(one, there, f"{way}[{place}]")


def _movements(files: CaseFiles, case: Case, rules: RuleSet) -> list[Movement]:
    if "movement" in files.answers:
        return [_movement(number, one) for number, one in enumerate(files.answers["movement"], 1)]
    if files.answers.get("standing", "reserved") != "reserved":
        return []
    return [position.last for position in reserved(_judged(case, rules))]


def _movement(number: int, row: Mapping[str, Any]) -> Movement:
    facts = {
        "adapter": "traces",
        "version": 1,
        "mrn": _MRN,
        "key": f"{number:032x}",
        "customs_office": _OFFICE,
        "planned_at": AT,
    }
    return _all_of(row, msgspec.convert({**facts, "number": number, **row}, Movement), f"answers.movement[{number}]")


def _judged(case: Case, rules: RuleSet) -> Judgement:
    return Judgement(case, checks=rules.checks, movement_checks=rules.movement_checks, class_checks=rules.class_checks)
