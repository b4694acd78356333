"""Reads a story's files and plays it."""

import json
import tomllib
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from gateway.decisions import Case, decide
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Decision
from gateway.domain.declaration import Declaration
from gateway.domain.tables import Tables
from gateway.domain.verification import Verification
from gateway.routing import plan
from gateway.settings.tables import load_tables

CASES = Path(__file__).parent
CONFIG = CASES.parent.parent / "config"
STORIES = sorted(path.parent.name for path in CASES.glob("*/declaration.json"))


@cache
def shipped() -> Tables:
    """The tables that the gateway is shipped with."""
    return load_tables(CONFIG)


def read(story: str) -> Case:
    """Gives a story's case: its declaration (codec JSON) and the answers, with the date that counts and the stage."""
    folder = CASES / story
    declaration = decode((folder / "declaration.json").read_bytes(), Declaration)
    answers = tomllib.loads((folder / "answers.toml").read_text(encoding="utf-8"))
    day: date = answers["day"]
    return Case(
        declaration=declaration,
        plan=plan(declaration, shipped(), on=day, mrn=declaration.mrn),
        verifications=tuple(msgspec.convert(answer, Verification) for answer in answers.get("answer", [])),
        tables=shipped(),
        on=answers.get("on"),
        accepted=answers["accepted"],
    )


def written(decision: Decision) -> str:
    """Writes a decision as it is kept in `expected.json`: without the identity of the tables, which changes with every row."""
    content: dict[str, Any] = json.loads(encode(decision))
    del content["rules"]
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def play(story: str) -> Decision:
    """Decides a story."""
    return decide(read(story))
