"""The list of the resources that a gateway can use up: what each is, its bound, a client's share, and what happens beyond."""

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import tomli

from gateway.wing_files import wing_files


class ResourceKind(StrEnum):
    """The kinds of things that are used up."""

    CONNECTIONS = "connections"
    POOL = "pool"
    QUEUE = "queue"
    PLACES = "places"
    BYTES = "bytes"
    PROCESSOR_TIME = "processor time"
    SANDBOXES = "sandboxes"
    STREAMS = "streams"
    FILES = "files"
    LOG_LINES = "log lines"
    ROWS = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedResource:
    """A row of `listed.toml`, or of a wing's file. Its texts are for operators; settings in them stand in backticks."""

    kind: ResourceKind
    what: str
    bound: str
    share: str
    """How much of it one client may have, and who counts as a client."""
    beyond: str
    """The consequence for who finds it used up."""


def _rows() -> dict[str, ListedResource]:
    text = files("gateway.resources").joinpath("listed.toml").read_text(encoding="utf-8")
    return {
        name: ListedResource(
            kind=ResourceKind(row["kind"]),
            what=row["what"],
            bound=row["bound"],
            share=row["share"],
            beyond=row["beyond"],
        )
        for rows in (tomli.loads(text), *(one.resources for one in wing_files()))
        for name, row in rows.items()
    }


LISTED = _rows()
