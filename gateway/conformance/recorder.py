"""The writing of recordings: what went over the wire becomes `exchanges/NAME.toml`, without what identifies the gateway."""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from gateway.contract import Request, Response
from gateway.dispatch.evidence import Redaction

LONG = 400
"""Characters of a body above which it stands in a file of its own."""


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
    """Write one recording with its bodies; of a message's secrets `[redacted]` stands there."""
    folder.mkdir(parents=True, exist_ok=True)
    table = _plain(subject)
    text = f"about = {_toml(about)}\n\n[call]\nmethod = {_toml(method)}\nat = {_toml(at)}\n\n"
    text += "[call.subject]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())
    for number, (request, response) in enumerate(exchanges, start=1):
        mark = name if len(exchanges) == 1 else f"{name}.{number}"
        asked = {"method": request.method, "path": request.path}
        asked |= _body(folder, f"{mark}.request", redaction.body(request.body)) if request.body else {}
        said: dict[str, Any] = {"status": response.status}
        said |= _body(folder, mark, redaction.body(response.body))
        text += f"\n[[exchange]]\nrequest = {_toml(asked)}\nresponse = {_toml(said)}\n"
    text += "\n[expect]\n" + "".join(f"{key} = {_toml(value)}\n" for key, value in expect.items())
    tomllib.loads(text)
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")


def _body(folder: Path, name: str, body: bytes) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    if len(text) <= LONG and "'''" not in text:
        return {"body": text}
    file = f"{name}.{'xml' if text.lstrip().startswith('<') else 'json'}"
    (folder / file).write_bytes(body)
    return {"body_file": file}


def _plain(value: Any) -> Any:
    """Return a subject's members that say something, as TOML has them."""
    if is_dataclass(value) and not isinstance(value, type):
        members = {one.name: getattr(value, one.name) for one in fields(value)}
        return {key: _plain(one) for key, one in members.items() if one not in (None, (), False)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Decimal) else value


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
        return f"'{value}'" if '"' in value and "'" not in value and value.isprintable() else json.dumps(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + " }"
    return "[" + ", ".join(_toml(one) for one in value) + "]"
