"""The view of a certificate with the declarations that draw on it, and the narrower view for a trader."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.declaration import document, for_trader, location
from gateway.api.views.pages import cursor
from gateway.decisions.positions import plain
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.verification import Verification
from gateway.lifecycle.certificates import CitedCertificate, Drawing, LineDrawn


def certificate(found: CitedCertificate, caller: Caller, wording: Wording) -> bytes:
    """Write a page of the declarations that draw on a document, with the stored answer of its authority."""
    position = found.position if found.position is not found.answer else None
    return encode(
        {
            "stored": _answer(found.answer, caller),
            "position": _answer(position, caller),
            "items": [_drawing(one, caller, wording) for one in found.drawings],
            "other_offices": None if caller.sees_as_trader else found.elsewhere,
            "next": cursor(found.next),
        }
    )


def _answer(verification: Verification | None, caller: Caller) -> msgspec.Raw | None:
    if verification is None:
        return None
    return msgspec.Raw(document(verification, verification.asked_at or datetime.min.replace(tzinfo=UTC), caller))


def _drawing(one: Drawing, caller: Caller, wording: Wording) -> dict[str, Any]:
    record = for_trader(one.record, wording) if caller.sees_as_trader else one.record
    return {
        "declaration": record.id,
        "version": record.version,
        "lrn": record.lrn,
        "mrn": record.mrn,
        "declarant": record.declarant,
        "office": one.office,
        "state": record.state,
        "effect": record.decision.decision.effect if record.decision is not None else None,
        "movement": one.progress,
        "last_order_at": in_utc(one.last_order_at),
        "lines": [_line(line, caller) for line in one.lines],
        "agrees": None if caller.sees_as_trader else one.agrees,
        "link": location(record.id),
    }


def _line(line: LineDrawn, caller: Caller) -> dict[str, Any]:
    amounts = {
        name: None if (value := getattr(line, name)) is None else plain(value)
        for name in ("declared", "reserved", "written_off", "told_reserved", "told_written_off")
    }
    if caller.sees_as_trader:
        amounts |= {"told_reserved": None, "told_written_off": None}
    return {"line": line.line, "unit": line.unit, **amounts, "agrees": None if caller.sees_as_trader else line.agrees}
