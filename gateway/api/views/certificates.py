"""The view of a certificate with the declarations that draw on it, and the narrower view for a trader."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import msgspec

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.declaration import document, for_trader, location
from gateway.decisions.positions import plain
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.movement import Shown
from gateway.domain.verification import DocumentStatus, Verification
from gateway.lifecycle.certificates import CitedCertificate, Drawing, LineDrawn


def certificate(found: CitedCertificate, caller: Caller, wording: Wording, following: str | None) -> bytes:
    """Write a page of the declarations that draw on a document, with the stored answer of its authority, and where the next begins."""
    shown = [_shown(one, caller, wording) for one in found.drawings]
    untold = any(_is_untold(one) for one in shown)
    position = found.position if found.position is not found.answer else None
    return encode(
        {
            "stored": None if untold else _answer(found.answer, caller),
            "position": None if untold else _answer(position, caller),
            "items": [_drawing(one, caller) for one in shown],
            "other_offices": None if caller.sees_as_trader else found.elsewhere,
            "next": following,
        }
    )


def is_untold(found: CitedCertificate, caller: Caller, wording: Wording) -> bool:
    """Whether a declaration on the page keeps the document's status from its trader: then its stored answer does not either."""
    return any(_is_untold(_shown(one, caller, wording)) for one in found.drawings)


def _shown(one: Drawing, caller: Caller, wording: Wording) -> Drawing:
    """Return a drawing as its reader may see it: what is not told of a document, neither its orders nor its amounts tell."""
    if caller.eoris is None:
        return one
    record = for_trader(one.record, caller.eoris, wording)
    cited = one.document
    document = None if cited is None else next((each for each in record.documents if each.key == cited.key), None)
    shown = replace(one, record=record, document=document)
    if not _is_untold(shown):
        return shown
    return replace(shown, progress=Shown.NONE, last_order_at=None, lines=())


def _is_untold(one: Drawing) -> bool:
    return one.document is not None and one.document.status is DocumentStatus.NOT_TOLD


def _answer(verification: Verification | None, caller: Caller) -> msgspec.Raw | None:
    if verification is None:
        return None
    return msgspec.Raw(document(verification, verification.asked_at or datetime.min.replace(tzinfo=UTC), caller))


def _drawing(one: Drawing, caller: Caller) -> dict[str, Any]:
    record = one.record
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
