"""Named statements: the SQL stands in `*.sql` files, each statement behind a line `-- name: xyz`."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str = "declarations.sql") -> Mapping[str, str]:
    """Reads a file of statements; `{xyz}` on a line of its own or at its start stands for the statement `xyz`."""
    parts = _NAME.split(files("gateway.store").joinpath(file).read_text("utf-8"))
    named = {name: text.strip() for name, text in zip(parts[1::2], parts[2::2], strict=True)}
    return {name: re.sub(r"\{(\w+)\}", lambda found: named[found[1]], text) for name, text in named.items()}
