"""The log lines that the gateway's code writes: which events, on which levels, with what."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from gateway.observe.log_events import LOG_EVENTS
from gateway.observe.traces import TOLD
from tests.builders.places import ROOT

_LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "critical": "critical", "line": "info", "flood_line": "warning"}  # fmt: skip
_WITH = ("declaration", "correlation_id")
"""What every line has where it is known."""


@dataclass(slots=True, kw_only=True)
class LogLine:
    """What lines about one event are like."""

    levels: set[str] = field(default_factory=set)
    fields: dict[str, None] = field(default_factory=dict)


@cache
def written() -> dict[str, LogLine]:
    """Every event that is logged anywhere, as the code has it."""
    found: dict[str, LogLine] = {}
    for path in sorted((ROOT / "gateway").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for event, level, fields in _lines(node):
                one = found.setdefault(event, LogLine())
                one.levels.add(level)
                one.fields.update(dict.fromkeys(fields))
    return found


def _lines(node: ast.AST) -> Iterator[tuple[str, str, list[str]]]:
    if isinstance(node, ast.Dict):
        # Those that the log writes of itself.
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if "event" in keys and "level" in keys:
            values = dict(zip(keys, node.values, strict=True))
            event, level = values["event"], values["level"]
            if isinstance(event, ast.Constant) and isinstance(level, ast.Constant):
                yield str(event.value), str(level.value), []
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return
    of = node.func.value
    if node.func.attr not in _LEVELS or not isinstance(of, ast.Name) or of.id not in {"log", "observe"}:
        return
    fields = [one.arg for one in node.keywords if one.arg is not None and one.arg not in {*_WITH, "exc_info"}]
    if any(one.arg == "exc_info" for one in node.keywords):
        fields += ["error", "raised_at"]
    first = node.args[0]
    for event in (first.body, first.orelse) if isinstance(first, ast.IfExp) else (first,):
        assert isinstance(event, ast.Constant), f"an event is named by a text alone: {ast.unparse(node)}"
        # One that goes on as a sentence is named by what stands before the colon.
        yield str(event.value).partition(":")[0], _LEVELS[node.func.attr], fields


def lines_table() -> str:
    """Every event that a log line names, its level, what it has, and what it means."""
    rows = "".join(
        f"| `{event}` | {', '.join(sorted(one.levels))} | {', '.join(f'`{name}`' for name in one.fields)} | {LOG_EVENTS[event]} |\n"
        for event, one in sorted(written().items())
    )
    return f"| event | level | with | what it means |\n|---|---|---|---|\n{rows}"


def spans_table() -> str:
    """Everything that a span may tell."""
    rows = "".join(f"| `gateway.{name}` | {what} |\n" for name, what in TOLD.items())
    return f"| attribute | what it is |\n|---|---|\n{rows}"
