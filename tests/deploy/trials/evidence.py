"""How far each thing that is delivered was tried: `deploy/tried.toml`, and the table of `docs/tried.md` that is made of it."""

import hashlib
import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.builders.places import ROOT

DEPLOY = ROOT / "deploy"
FILE = DEPLOY / "tried.toml"


class Outcome(StrEnum):
    """How far something was tried."""

    RUN = "run"
    VALIDATED = "only validated"
    NOT_TRIED = "not tried"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was tried of one thing that is delivered, by which command and when."""

    name: str
    files: tuple[str, ...]
    """Paths from the top of the checkout."""
    outcome: Outcome
    how: str
    not_tried: str = ""
    """What nobody has seen of it."""
    command: str
    day: str
    digest: str
    """That of the files, as they were then."""


def digest_of(files: Iterable[str]) -> str:
    """The digest of files, of their names too."""
    found = hashlib.sha256()
    for name in files:
        found.update(f"{name}\0".encode() + hashlib.sha256((ROOT / name).read_bytes()).digest())
    return found.hexdigest()[:16]


def delivered_files() -> list[str]:
    """Every file that is delivered for operators, but for the evidence itself and what prepare.sh makes."""
    made = (DEPLOY / "compose" / "etc", DEPLOY / "compose" / "secrets")
    found = (one for one in DEPLOY.rglob("*") if one.is_file() and one != FILE)
    return sorted(str(one.relative_to(ROOT)) for one in found if not any(one.is_relative_to(folder) for folder in made))


def read() -> list[Evidence]:
    """What the file says."""
    rows = tomllib.loads(FILE.read_text(encoding="utf-8"))["tried"] if FILE.exists() else []
    return [Evidence(**{**row, "files": tuple(row["files"]), "outcome": Outcome(row["outcome"])}) for row in rows]


def write(rows: Iterable[Evidence]) -> None:
    """Writes the file anew."""
    text = (
        "# How far each thing under deploy/ was tried. Written by `make try-deliveries`; docs/tried.md is made of it.\n"
    )
    for row in rows:
        text += "\n[[tried]]\n"
        for key in Evidence.__dataclass_fields__:
            text += f"{key} = {json.dumps(getattr(row, key), ensure_ascii=False)}\n"
    FILE.write_text(text, encoding="utf-8")


def tried_table() -> str:
    """The table of `docs/tried.md`."""
    rows = "".join(_row(row) for row in read())
    return f"| what | how far | seen | not seen by anybody | command | day |\n|---|---|---|---|---|---|\n{rows}"


def _row(row: Evidence) -> str:
    files = "<br>".join(f"[`{Path(name).name}`](../{name})" for name in row.files)
    outcome = row.outcome.value
    if row.files and row.digest != digest_of(row.files):
        outcome += ", before its last change"
    what = f"{row.name}<br>{files}" if files else row.name
    return f"| {what} | **{outcome}** | {row.how} | {row.not_tried} | `{row.command}` | {row.day} |\n"


def by_name(rows: Iterable[Evidence]) -> Mapping[str, Evidence]:
    """Evidence by what it is of."""
    return {row.name: row for row in rows}
