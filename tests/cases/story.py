"""Reads a story's files and plays it."""

import json
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gateway.contract import MovementKind
from gateway.decisions import Case, Judgement, decide
from gateway.domain.codec import decode, encode
from gateway.domain.contingency import Window
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration
from gateway.domain.facts import KnownBefore
from gateway.domain.movement import Holding, Movement, MovementState, Standing, standings
from gateway.domain.tables import QuantityMode, Tables
from gateway.domain.verification import Verification
from gateway.routing import plan
from gateway.settings.tables import load_tables

CASES = Path(__file__).parent
CONFIG = CASES.parent.parent / "config"
AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
STORIES = sorted(path.parent.name for path in CASES.glob("*/declaration.json"))


@cache
def shipped() -> Tables:
    """The tables that the gateway is shipped with."""
    return load_tables(CONFIG)


@cache
def tables_of(story: str) -> Tables:
    """The shipped tables, under the rows of the story's own folder `tables/` if it has one."""
    own = CASES / story / "tables"
    return load_tables(CONFIG, own) if own.is_dir() else shipped()


def read(story: str) -> Case:
    """Gives a story's case: its declaration (codec JSON) and the answers, with the date that counts and the stage.

    What was moved stands in `[[movement]]` tables. Without any, everything that the declaration has to hold is reserved,
    as the judgement itself says it; with `standing = "none"` nothing was moved.
    """
    folder = CASES / story
    declaration = decode((folder / "declaration.json").read_bytes(), Declaration)
    answers = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))
    day: date = answers["day"]
    tables = tables_of(story)
    case = Case(
        declaration=declaration,
        plan=plan(declaration, tables, on=day, mrn=declaration.mrn),
        verifications=tuple(msgspec.convert(answer, Verification) for answer in answers.get("answer", [])),
        tables=tables,
        on=answers.get("on"),
        accepted=answers["accepted"],
        released=answers.get("released", False),
        partly=answers.get("partly", False),
        moved_before=frozenset((kind, reference) for kind, reference in answers.get("moved_before", [])),
        given_back=answers.get("given_back", False),
        windows=tuple(msgspec.convert(window, Window) for window in answers.get("window", [])),
        released_under=frozenset(tuple(one) for one in answers.get("released_under", [])),
        before=tuple(msgspec.convert(one, KnownBefore) for one in answers.get("before", [])),
    )
    return replace(case, standings=standings(_movements(answers, case)))


def moved(story: str) -> tuple[Movement, ...]:
    """Gives what was ordered of quantities in a story."""
    answers = tomllib.loads((CASES / story / "answers.toml").read_text(encoding="utf-8"))
    return tuple(_movements(answers, replace(read(story), standings=())))


def _movements(answers: dict[str, Any], case: Case) -> list[Movement]:
    if "movement" in answers:
        return [_movement(number, told) for number, told in enumerate(answers["movement"], 1)]
    if answers.get("standing", "reserved") != "reserved":
        return []
    return [standing.last for standing in reserved(Judgement(case))]


def _movement(number: int, told: dict[str, Any]) -> Movement:
    facts = {
        "adapter": "traces",
        "version": 1,
        "mrn": "26FR001260000001R0",
        "key": f"{number:032x}",
        "customs_office": "FR001260",
        "planned_at": AT,
    }
    return msgspec.convert({**facts, "number": number, **told}, Movement)


def reserved(judgement: Judgement) -> tuple[Standing, ...]:
    """Everything that can be reserved is reserved as it is intended."""
    return standings(
        Movement(
            number=number,
            type=one.type,
            reference=one.reference,
            adapter=one.adapter,
            kind=MovementKind.RESERVE,
            version=1,
            mrn="26FR001260000001R0",
            key=f"{number:032x}",
            customs_office="FR001260",
            lines=one.lines,
            state=MovementState.DONE,
            holding=Holding(reserved=one.lines),
            planned_at=AT,
        )
        for number, one in enumerate(judgement.intended(), 1)
        if one.mode is QuantityMode.LEDGER
    )


def written(decision: Decision) -> str:
    """Writes a decision as it is kept in `expected.json`: without the identity of the tables, which changes with every row,
    and without what its sentences are made of.
    """
    content: dict[str, Any] = json.loads(encode(decision))
    del content["rules"]
    for finding in content["findings"]:
        del finding["params"]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def play(story: str) -> Decision:
    """Decides a story."""
    return decide(read(story))
