"""The golden cases, by their names."""

import json
from dataclasses import replace
from functools import cache
from typing import Any

from gateway.decisions import Case
from gateway.domain.decision import Decision
from gateway.domain.movement import Movement
from gateway.domain.tables.in_force import Tables
from gateway.golden.case import AT, decided, folders, opened, read_files, reserved, written
from gateway.golden.case import moved as moved_in
from gateway.golden.near_miss import NearMiss, read_near_misses
from gateway.settings.messages import Catalogue, load_catalogue
from gateway.settings.tables import load_tables
from tests.builders.places import CASES, CONFIG

__all__ = [
    "AT",
    "STORIES",
    "catalogue",
    "expected",
    "has_own_tables",
    "moved",
    "near_misses",
    "ordinary",
    "play",
    "read",
    "reserved",
    "shipped",
    "tables_of",
    "written",
]  # fmt: skip
STORIES = [folder.name for folder in folders(CASES)]


@cache
def shipped() -> Tables:
    """The tables that the gateway is shipped with."""
    return load_tables(CONFIG)


@cache
def ordinary() -> Tables:
    """The shipped tables without what all goods of whole chapters have to state: whether food is organic, and which country goods come
    from or go to. For tests of other rules, whose goods state neither.
    """
    tables = shipped()
    kept = (
        row
        for row in tables.required
        if not row.measure.startswith("organic products")
        and "/sanctions/" not in row.place
        and "/1005-2008.countries" not in row.place
    )
    return replace(tables, required=tuple(kept))


@cache
def catalogue() -> Catalogue:
    """The texts that the gateway is shipped with."""
    return load_catalogue(CONFIG)


def has_own_tables(story: str) -> bool:
    """Whether a story's folder has rows of its own."""
    return (CASES / story / "tables").is_dir()


@cache
def expected(story: str) -> dict[str, Any]:
    """What a story's decision is compared with, so that what it says is known without deciding it."""
    found: dict[str, Any] = json.loads((CASES / story / "expected.json").read_bytes())
    return found


@cache
def tables_of(story: str) -> Tables:
    """The shipped tables, under the rows of the story's own folder `tables/` if it has one."""
    return load_tables(CONFIG, CASES / story / "tables") if has_own_tables(story) else shipped()


@cache
def read(story: str) -> Case:
    """Gives a story's case."""
    return opened(read_files(CASES / story), tables_of(story))


def moved(story: str) -> tuple[Movement, ...]:
    """Gives what was ordered of quantities in a story."""
    return moved_in(read_files(CASES / story), tables_of(story))


def play(story: str) -> Decision:
    """Decides a story."""
    return decided(read_files(CASES / story), tables_of(story))


def near_misses(story: str) -> tuple[NearMiss, ...]:
    """Gives a story's near misses."""
    faults: list[str] = []
    found = read_near_misses(CASES / story, faults)
    assert not faults, faults
    return found
