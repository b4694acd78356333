"""Decides an exported case again where there is nothing but its folder: `python -m tests.builders.elsewhere FOLDER`."""

import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from zstandard import ZstdCompressor

from gateway.domain.calendar import Calendar
from gateway.history.recompute import RecomputationBasis
from gateway.settings.tables import Completed, read_written
from gateway.store import PastDecision


def main(folder: Path) -> None:
    """Prints how many decisions there are, and how many of them come out the same under their own tables."""
    index = json.loads((folder / "index.json").read_text())
    versions = {
        row["version"]: (folder / row["model"]["file"]).read_text() for row in rows(folder, "declaration_version")
    }
    chapters = {item["commodity_code"][:2] for model in versions.values() for item in json.loads(model)["items"]}
    parts = {digest: (folder / name).read_bytes() for digest, name in index["parts"].items()}
    sets = {
        digest: read_written((folder / name).read_text(), digest, parts, chapters=chapters)
        for digest, name in index["tables"].items()
    }
    (head,) = rows(folder, "declaration")
    trail = [json.loads(line) for line in (folder / "trail.jsonl").read_text().split("\n") if line]
    decisions = [past(folder, index, head, row, versions, trail) for row in rows(folder, "decision")]
    basis = RecomputationBasis(
        calendar=Calendar(),
        tables=next(iter(sets.values())),
        own={digest: Completed(tables=tables) for digest, tables in sets.items()},
    )
    tally = basis.tally(decisions)
    named = sorted({str(row.taric.coverage.measures) for row in sets.values() if row.taric is not None})
    sys.stdout.write(f"{tally.decisions} decisions, {tally.same} the same; measures of TARIC: {', '.join(named)}\n")


def rows(folder: Path, table: str) -> Any:
    """Reads the rows of a table."""
    return json.loads((folder / "rows" / f"{table}.json").read_text())


def past(folder: Path, index: Any, head: Any, row: Any, versions: dict[int, str], trail: list[Any]) -> PastDecision:
    """Puts a decision together with what it was made from."""
    own = next(
        event for event in trail
        if event["kind"] == "declaration.decided" and json.loads(event["text"])["body"]["number"] == row["number"]
    )  # fmt: skip
    verified = [event for event in trail if event["kind"] == "documents.verified" and event["seq"] < own["seq"]]
    facts = json.loads(verified[-1]["text"])["body"]["facts"] if verified else None
    return PastDecision(
        id=head["id"],
        number=row["number"],
        version=row["version"],
        direction=head["direction"],
        decided_at=datetime.fromisoformat(row["decided_at"]),
        received_at=datetime.fromisoformat(head["received_at"]),
        decision=(folder / row["body"]["file"]).read_text(),
        event=own["text"],
        model=versions[row["version"]],
        facts_digest=facts,
        facts=ZstdCompressor().compress((folder / index["evidence"][facts]["file"]).read_bytes()) if facts else None,
        mrn=head["mrn"],
        accepted_at=datetime.fromisoformat(head["accepted_at"]) if head["accepted_at"] else None,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
