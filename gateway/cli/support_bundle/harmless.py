"""What may go into a bundle: codes, numbers, moments and names of our own, never what somebody else wrote."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,59}")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVENT = re.compile(r"[a-z][a-z0-9_]{0,59}")
_PLACE = re.compile(r"[A-Za-z_][\w.]{0,99}:\d+")
_OURS = re.compile(r"gateway(?:\.\w+)*")
_LABELS = frozenset(
    {
        "adapter", "authority", "certificate", "effect", "finding", "format", "kind", "le", "method", "outcome", "part", "pid", "python",
        "reason", "route", "rule", "state", "status", "version",
    }
)  # fmt: skip
"""Labels of figures whose values are ours; those of all others name somebody."""
_OF_LINES: Mapping[str, re.Pattern[str]] = {
    "adapter": re.compile(r"[a-z][a-z0-9_]{0,39}"),
    "cause": re.compile(r"SW-[A-Z]{3}-\d{1,4}|[a-z_]{1,40}"),
    "code": re.compile(r"SW-[A-Z]{3}-\d{1,4}"),
    "declaration": _ID,
    "error": re.compile(r"[A-Z]\w{0,59}"),
    "level": _EVENT,
    "logger": _OURS,
    "loop": re.compile(r"[a-z ]{1,40}"),
    "raised_at": _PLACE,
    "rule": _EVENT,
    "task": re.compile(r"[a-z_ ]{1,60}"),
}
"""Members of a log line, each with the form that it must have; numbers may be in all."""
_OF_EVENTS = ("number", "version", "effect", "advice", "forecast", "findings", "state", "kind", "cause", "confirmed")
_OF_PARTS = ("number", "kind", "state", "status", "cause", "authority", "verified_by", "attempts")
"""Members of what an event lists that are codes and numbers."""


def figures(samples: Iterable[tuple[str, Mapping[str, str], float]]) -> Iterator[str]:
    """Return the lines of a scrape; who is named by a label is a number."""
    numbers: dict[tuple[str, str], str] = {}
    for name, labels, value in samples:
        told = {
            key: text if key in _LABELS else numbers.setdefault((key, text), f"{key} {len(numbers) + 1}")
            for key, text in labels.items()
        }
        inside = ",".join(f"{key}={json.dumps(text)}" for key, text in told.items())
        yield f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}"


def log_lines(lines: Sequence[str]) -> Iterator[str]:
    """Return what of log lines is ours; of a line that is none of ours, that there was one."""
    for line in lines:
        try:
            said = json.loads(line)
        except ValueError:
            yield '{"left_out":"a line that is no JSON"}'
            continue
        yield json.dumps(_of_line(said) if isinstance(said, dict) else {"left_out": "a line that is no object"})


def _of_line(said: Mapping[str, Any]) -> Mapping[str, Any]:
    told: dict[str, Any] = {}
    for key, value in said.items():
        if not _EVENT.fullmatch(key):
            continue
        if isinstance(value, bool | int | float):
            told[key] = value
        elif key == "timestamp":
            told[key] = _moment(value)
        elif isinstance(value, str) and (form := _OF_LINES.get(key)) is not None and form.fullmatch(value):
            told[key] = value
    # A library's words may hold anything; ours are names.
    event = said.get("event")
    is_ours = "logger" in told and isinstance(event, str) and _EVENT.fullmatch(event)
    return {**told, "event": event if is_ours else "(left out)"}


def _moment(value: object) -> str | None:
    try:
        return datetime.fromisoformat(str(value)).isoformat()
    except ValueError:
        return None


def timeline(events: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Return the events of a declaration by their kinds, moments and codes alone."""
    for one in events:
        body = json.loads(one["text"])["body"]
        told = {"seq": one["seq"], "kind": one["kind"], "at": one["at"], **_codes(body, _OF_EVENTS)}
        for member in ("documents", "movements"):
            if isinstance(listed := body.get(member), list):
                told[member] = [_codes(part, _OF_PARTS) for part in listed if isinstance(part, dict)]
        yield told


def _codes(body: Mapping[str, Any], members: Sequence[str]) -> Mapping[str, Any]:
    return {member: body[member] for member in members if member in body and _is_code(body[member])}


def _is_code(value: object) -> bool:
    if isinstance(value, list):
        return all(_is_code(one) for one in value)
    return value is None or isinstance(value, bool | int) or (isinstance(value, str) and bool(_CODE.fullmatch(value)))
