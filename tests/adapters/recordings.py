"""The recordings that lie in an adapter's package: what was asked, what the authority said, what the adapter makes of it."""

import tomllib
from dataclasses import dataclass
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any

from gateway.contract import (
    Answer,
    Direction,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    MovementKind,
    Occasion,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
)
from gateway.contract.errors import AdapterError


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One recording."""

    method: str
    subject: Any
    occasion: Occasion
    request: dict[str, Any]
    status: int
    answer: bytes
    expect: dict[str, Any]

    def exchange(self, adapter: Any) -> Exchange[Any]:
        """The exchange that it is of."""
        if self.method in {"force", "amend", "delete"}:
            intervention = Intervention(kind=MovementKind(self.method), order=self.subject)
            intervened: Exchange[Any] = adapter.intervene(intervention, self.occasion)
            return intervened
        found: Exchange[Any] = getattr(adapter, self.method)(self.subject, self.occasion)
        return found


def recorded(folder: Path) -> dict[str, Recorded]:
    """All recordings of a package, by name."""
    files = sorted(file for file in (folder / "exchanges").glob("*.toml") if file.name != "settings.toml")
    return {file.stem: _read(file) for file in files}


def made_of(value: Any) -> dict[str, Any]:
    """What a result is expected as."""
    if isinstance(value, Answer):
        return {"status": value.status.value}
    if isinstance(value, Ledger):
        return {"lines": len(value.lines)}
    if isinstance(value, Receipt):
        return {"outcome": value.outcome.value} | ({"refusal": value.refusal.value} if value.refusal else {})
    assert isinstance(value, AdapterError)
    return {"raises": type(value).__name__}


def _read(file: Path) -> Recorded:
    table = tomllib.loads(file.read_text(encoding="utf-8"))
    call, (exchange,) = table["call"], table["exchange"]
    digest = sha256(file.stem.encode()).digest()
    request, response = exchange["request"], exchange["response"]
    return Recorded(
        method=call["method"],
        subject=_subject(call["method"], call["subject"]),
        occasion=Occasion(at=call["at"], nonce=digest[:16], message_id=digest[16:].hex()),
        request={**request, "body": _body(file, request)},
        status=response["status"],
        answer=_body(file, response),
        expect=table["expect"],
    )


def _body(file: Path, said: dict[str, Any]) -> bytes:
    return (file.parent / said["body_file"]).read_bytes() if "body_file" in said else str(said.get("body", "")).encode()


def _subject(method: str, members: dict[str, Any]) -> Any:
    known: dict[str, Any] = {**members, "direction": Direction(members["direction"])}
    if "declaration" in members:
        declaration = members["declaration"]
        known["declaration"] = Reference(kind=ReferenceKind(declaration["kind"]), value=declaration["value"])
    if method in {"verify", "position"}:
        return DocumentQuery(**known)
    known["lines"] = tuple(_line(one) for one in members.get("lines", ()))
    return QuantityOrder(**known)


def _line(members: dict[str, Any]) -> OrderLine:
    quantities = tuple(Quantity(value=Decimal(one["value"]), unit=one["unit"]) for one in members["quantities"])
    return OrderLine(**{**members, "quantities": quantities})
