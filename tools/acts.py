"""The days from which the acts apply that legal bases cite: data, `acts.toml` beside this file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedAct:
    """An act, or an article that came later than its act."""

    name: str
    """As legal bases cite it."""
    applies: date
    source: str


def acts_of(basis: str) -> list[CitedAct]:
    """Return the acts that a legal basis cites, in its order, each once; one whose day is not known is left out."""
    found: dict[CitedAct, None] = {}
    for part in basis.split("; "):
        begins = [name for name in acts() if part == name or part.startswith((f"{name},", f"{name} "))]
        if begins:
            found[acts()[max(begins, key=len)]] = None
    return list(found)


@cache
def acts() -> Mapping[str, CitedAct]:
    """Return every act whose day is known, by each way in which it is cited."""
    rows = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["act"]
    return {
        name: CitedAct(name=row["cited"][0], applies=row["applies"], source=row["source"])
        for row in rows
        for name in row["cited"]
    }
