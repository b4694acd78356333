"""The writing of recordings: what went over the wire becomes `exchanges/NAME.toml`, without what identifies the gateway."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import tomli

from gateway.conformance.members import written_value
from gateway.contract import Request, Response
from gateway.dispatch.evidence import Redaction

LONG = 400
"""Characters of a body above which it gets a file of its own."""


def write_recording(
    folder: Path,
    name: str,
    *,
    about: str,
    method: str,
    at: datetime,
    subject: Any,
    exchanges: Sequence[tuple[Request, Response]],
    expect: Mapping[str, Any],
    redaction: Redaction,
) -> None:
    """Write one recording with its bodies; of a message's secrets `[redacted]` stands there.

    `expect` is the table of that name (`gateway.conformance.expectation.expected_of` makes it of a result).
    """
    folder.mkdir(parents=True, exist_ok=True)
    table = written_value(subject)
    text = f"about = {_toml(about)}\n\n[call]\nmethod = {_toml(method)}\nat = {_toml(at)}\n\n"
    text += "[call.subject]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
    for number, (request, response) in enumerate(exchanges, start=1):
        mark = name if len(exchanges) == 1 else f"{name}.{number}"
        asked = {"method": request.method, "path": request.path}
        asked |= _body(folder, f"{mark}.request", redaction.body(request.body)) if request.body else {}
        said: dict[str, Any] = {"status": response.status}
        said |= _body(folder, mark, redaction.body(response.body))
        text += f"\n[[exchange]]\nrequest = {_toml(asked)}\nresponse = {_toml(said)}\n"
    text += f"\n{expected_text(expect)}"
    tomli.loads(text)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def _body(folder: Path, name: str, body: bytes) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    if len(text) <= LONG and "'''" not in text:
        return {"body": text}
    file = f"{name}.{'xml' if text.lstrip().startswith('<') else 'json'}"
    (folder / file).write_bytes(body)
    return {"body_file": file}


def expected_text(expect: Mapping[str, Any], name: str = "expect") -> str:
    """Return the table of what is expected: each of its tables below a head of its own, each row of a list on a line."""
    inline = {key: one for key, one in expect.items() if name != "expect" or not isinstance(one, Mapping)}
    text = f"[{name}]\n" + "".join(f"{_key(key)} = {_rows(one)}\n" for key, one in inline.items())
    tables = {key: one for key, one in expect.items() if key not in inline}
    return text + "".join(f"\n{expected_text(one, f'{name}.{key}')}" for key, one in tables.items())


def _rows(value: Any) -> str:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return "[\n" + "".join(f"    {_toml(one)},\n" for one in value) + "]"
    return _toml(value)


def _key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else json.dumps(key, ensure_ascii=False)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return f"'{value}'" if '"' in value and "'" not in value and value.isprintable() else _quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_toml(one)}" for key, one in value.items()) + " }"
    return "[" + ", ".join(_toml(one) for one in value) + "]"


def _quoted(text: str) -> str:
    # TOML has no surrogates and no bare DEL.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
