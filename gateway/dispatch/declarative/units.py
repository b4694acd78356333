"""Codes of units and currencies that an authority's file may give its own words: what is none is refused, the nearest one named."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

import tomli

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


def _read() -> Mapping[str, str]:
    rows = tomli.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))["unit"]
    return {row["code"]: row["name"] for row in rows}


UNITS = _read()
"""The names of the units, by code."""


def unit_fault(code: str) -> str | None:
    """Return why a text is no code of a unit, and which is meant; None: it is one."""
    if code in UNITS:
        return None
    said = code.strip().lower()
    names = {name: one for one, name in UNITS.items()} | {one.lower(): one for one in UNITS}
    # In the plural, too.
    near = get_close_matches(said, names, 1, 0.75) or get_close_matches(said.removesuffix("s"), names, 1, 0.5)
    meant = f"is {names[near[0]]!r} ({UNITS[names[near[0]]]}) meant?" if near else f"known are {', '.join(UNITS)}"
    return f"{code[:40]!r} is no code of a unit (UN/ECE Recommendation 20); {meant}"


def currency_fault(code: str) -> str | None:
    """Return why a text is no code of a currency; None: it can be one."""
    return None if _CURRENCY.fullmatch(code) else f"{code[:40]!r} is no code of a currency (ISO 4217): EUR, say"
