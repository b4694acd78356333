"""The certificate page: who draws on a document, what its authority says, and whether that agrees with what is known here."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.api.localization import Wording
from gateway.contract import AllocationState, Certificate, Ledger, Quantity
from gateway.decisions.positions import plain
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.legible import illegible
from gateway.domain.movement import Shown
from gateway.domain.subject import Room
from gateway.domain.verification import DocumentStatus, Verification, holders_of
from gateway.lifecycle.certificates import CitedCertificate, Drawing
from gateway.web.console.act_form import ActForm
from gateway.web.console.authorities import judges_of, known_parameters, times_of
from gateway.web.console.case_view import capitalized
from gateway.web.console.certificate_ledger import HEIGHT, WIDTH, ledger_picture, ledger_rows
from gateway.web.context import WebContext
from gateway.web.numbers import quantity as written
from gateway.web.route import route
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit
from gateway.web.window_strip import AUTHORITIES

DOCUMENTS = "/console/documents"
_TYPE = re.compile(r"[A-Z0-9]{4}")
_ROWS, _LINES, _LONGEST = 50, 100, 70
_KINDS: Mapping[DocumentStatus, str] = {
    DocumentStatus.VALID: "release",
    DocumentStatus.PENDING: "pending",
    DocumentStatus.NOT_YET_VALID: "hold",
    DocumentStatus.SUSPENDED: "hold",
    DocumentStatus.UNDETERMINED: "undetermined",
    DocumentStatus.UNROUTED: "none",
}
"""The look of a status; any other is a refusal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLine:
    """One line of a certificate, as its authority stated it."""

    line: int
    code: str
    certified: str
    left: str
    taken: str
    parts: Sequence[tuple[str, str, str]]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """The share of a declaration in one line of the certificate."""

    href: str
    name: str
    second: str
    office: str
    state: str
    kind: str
    effect: str
    line: str
    declared: str
    reserved: str
    written_off: str
    told: str
    agrees: bool | None
    why: str
    """The difference in words; empty: there is none that is known."""


def register(app: Starlette, web: WebContext) -> None:
    """Serve the find form and the page of one document."""
    route(app, web, DOCUMENTS, _find, room=Room.CONSOLE)
    route(app, web, f"{DOCUMENTS}/{{type}}/{{reference:path}}", _one, room=Room.CONSOLE, methods=("GET", "POST"))


def certificate_address(kind: str, reference: str) -> str:
    """Return where the page of a document is."""
    return f"{DOCUMENTS}/{quote(kind, safe='')}/{quote(reference, safe='')}"


async def _find(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, "type", "reference")
    kind, reference = visit.asked("type").strip().upper(), visit.asked("reference").strip()
    form = ActForm(visit, {"type": kind, "reference": reference})
    if kind or reference:
        if not _TYPE.fullmatch(kind):
            form.fault("type", visit.text("certificate.type_wrong"))
        if not _is_reference(reference):
            form.fault("reference", visit.text("certificate.reference_wrong"))
        if not form.faults:
            return visit.onward(certificate_address(kind, reference))
    return visit.page(
        "console/find_certificate.html",
        status=422 if form.faults else 200,
        current="certificates",
        zone=visit.web.calendar.zone,
        form=form,
        faults=form.faults,
    )


async def _one(visit: Visit) -> Response:
    visit.caller.must_be_allowed(Call.READ)
    known_parameters(visit, "cursor")
    kind, reference = visit.request.path_params["type"], visit.request.path_params["reference"]
    if not _TYPE.fullmatch(kind) or not _is_reference(reference):
        raise NotKnown("There is no such document.")
    here = certificate_address(kind, reference)
    answer: Verification | None = None
    if visit.request.method == "POST":
        # What is asked by hand is shown and not kept: the next assessment asks by itself.
        visit.caller.must_be_allowed(Call.CHECK_DOCUMENT)
        answer = await visit.web.lifecycle.check_document(kind, reference)
    found = await visit.web.lifecycle.certificates.page(
        kind,
        reference,
        eoris=visit.caller.eoris,
        offices=visit.caller.offices_for(Call.READ),
        before=_cursor(visit),
        limit=_ROWS,
    )
    return _shown(visit, kind, reference, here, found, answer)


def _shown(
    visit: Visit, kind: str, reference: str, here: str, found: CitedCertificate, asked: Verification | None
) -> Response:
    times, words = times_of(visit), visit.web.cases.explanations[visit.language]
    answer = asked or found.answer
    position = next((one for one in (asked, found.position) if one is not None and one.ledger is not None), None)
    adapter = answer.adapter if answer is not None else None
    certificate = answer.certificate if answer is not None else None
    wording = Wording.chosen(visit.web.catalogue, [visit.language], at_once=True)
    system = visit.web.systems(visit.language).get(adapter, adapter) if adapter is not None else ""
    drawn = [row for one in found.drawings for row in _drawn(visit, one, wording, system)]
    ledger = position.ledger if position is not None else None
    return visit.page(
        "console/certificate.html",
        current="certificates",
        zone=visit.web.calendar.zone,
        type=kind,
        reference=reference,
        address=here,
        judges=judges_of(visit, adapter) if adapter is not None else "",
        system=system,
        health=f"{AUTHORITIES}/{adapter}" if adapter is not None and visit.web.dispatcher.knows(adapter) else "",
        kind=_kind(answer),
        status_word=capitalized(words.term("status", answer.status.value)) if answer is not None else "",
        cause=answer.cause if answer is not None and answer.cause else "",
        is_new=asked is not None,
        asked_at=_moment(answer, times),
        position_at=_moment(position, times),
        lines=(lines := _lines(visit, position, wording) if position is not None else ()),
        left=lines[0].left if len(lines) == 1 else "",
        facts=_facts(visit, certificate),
        asks=visit.caller.may(Call.CHECK_DOCUMENT) and visit.web.dispatcher.knows(adapter or ""),
        rows=sorted(drawn, key=lambda one: one.agrees is not False),
        differing=sum(one.agrees is False for one in drawn),
        unknown=sum(one.agrees is None for one in drawn),
        orders=ledger_rows(visit, found.drawings, times, wording),
        picture=None if _cursor(visit) else ledger_picture(visit, found, position, times, wording),
        picture_size=(WIDTH, HEIGHT),
        elsewhere=found.elsewhere,
        others=_elsewhere(ledger, found, wording),
        next_page=f"{here}?{urlencode({'cursor': found.next})}" if found.next is not None else "",
    )


def _kind(answer: Verification | None) -> str:
    return "undetermined" if answer is None else _KINDS.get(answer.status, "refuse")


def _moment(answer: Verification | None, times: Times) -> ShownMoment | None:
    if answer is None:
        return None
    return times.moment(answer.asked_at or datetime.now(UTC))


def _lines(visit: Visit, position: Verification, wording: Wording) -> Sequence[PositionLine]:
    ledger = position.ledger
    assert ledger is not None, "a position has lines"
    certified = {one.number: one for one in position.certificate.lines} if position.certificate is not None else {}
    found = []
    for line in ledger.lines[:_LINES]:
        of_it, left = certified.get(line.number), line.available
        whole = of_it.quantity if of_it is not None else None
        comparable = (
            whole is not None and whole.unit == left.unit and 0 <= left.value <= whole.value and whole.value > 0
        )
        taken = Quantity(value=whole.value - left.value, unit=left.unit) if whole is not None and comparable else None
        found.append(
            PositionLine(
                line=line.number,
                code=line.commodity_code or (of_it.commodity_code if of_it is not None else ""),
                certified=_amount(wording, whole),
                taken=_amount(wording, taken),
                left=_amount(wording, left),
                parts=_taken(ledger, line.number, taken, whole) if taken is not None and whole is not None else [],
                sentence=visit.text(
                    "certificate.bar",
                    whole=_amount(wording, whole),
                    taken=_amount(wording, taken),
                    left=_amount(wording, left),
                ),
            )
        )
    return found


def _taken(ledger: Ledger, line: int, taken: Quantity, whole: Quantity) -> Sequence[tuple[str, str, str]]:
    """Return what is written off of a line and what is reserved, as parts of its bar; what nobody tells apart is drawn as others' is."""
    of_line = [one for one in ledger.allocations if one.certificate_line == line]
    reserved = sum(
        (one.quantity.value for one in of_line if one.state is AllocationState.RESERVED), start=taken.value * 0
    )
    told = sum((one.quantity.value for one in of_line), start=taken.value * 0)
    if any(one.quantity.unit != taken.unit for one in of_line) or told != taken.value:
        return [("oth", "0", _percent(taken, whole))]
    off = Quantity(value=taken.value - reserved, unit=taken.unit)
    parts = [("off", Decimal(0), off), ("res", off.value, Quantity(value=reserved, unit=taken.unit))]
    return [
        (kind, f"{start * 100 / whole.value:.2f}", _percent(of_it, whole))
        for kind, start, of_it in parts
        if of_it.value
    ]


def _amount(wording: Wording, quantity: Quantity | None) -> str:
    return written(wording, plain(quantity.value), quantity.unit) if quantity is not None else ""


def _percent(part: Quantity, whole: Quantity) -> str:
    return f"{part.value * 100 / whole.value:.2f}"


def _drawn(visit: Visit, one: Drawing, wording: Wording, system: str) -> Iterator[DrawnRow]:
    record = one.record
    effect = record.decision.decision.effect.value if record.decision is not None else "none"
    in_doubt = one.progress is Shown.IN_DOUBT
    for line in one.lines or (None,):
        agrees = line.agrees if line is not None else None
        told = _both(wording, line.told_reserved, line.told_written_off, line.unit) if line is not None else ""
        ours = _both(wording, line.reserved, line.written_off, line.unit) if line is not None else ""
        yield DrawnRow(
            href=f"/console/declarations/{record.id}",
            name=record.mrn or record.lrn,
            second=record.lrn if record.mrn else "",
            office=one.office or "",
            state=visit.text(f"case.state_{record.state.value}"),
            kind=effect,
            effect=visit.text(f"effect.{effect}"),
            line=str(line.line) if line is not None else "",
            declared=_known(wording, line.declared, line.unit) if line is not None else "",
            reserved=_known(wording, line.reserved, line.unit) if line is not None else "",
            written_off=_known(wording, line.written_off, line.unit) if line is not None else "",
            told=told,
            agrees=agrees,
            why=visit.text("certificate.in_doubt")
            if in_doubt
            else visit.text("certificate.differs", system=system, told=told, ours=ours)
            if agrees is False
            else "",
        )


def _known(wording: Wording, value: Decimal | None, unit: str) -> str:
    """Write an amount; empty: it is not known, which is not zero."""
    return written(wording, plain(value), unit) if value is not None else ""


def _both(wording: Wording, reserved: Decimal | None, written_off: Decimal | None, unit: str) -> str:
    return _known(wording, reserved + written_off, unit) if reserved is not None and written_off is not None else ""


def _elsewhere(ledger: Ledger | None, found: CitedCertificate, wording: Wording) -> Sequence[str]:
    """Return what the authority has for declarations that are not shown here, as one sum for each line and unit."""
    shown = {one.record.mrn for one in found.drawings}
    sums: dict[tuple[int, str], Decimal] = {}
    for one in ledger.allocations if ledger is not None else ():
        if one.declaration.value not in shown:
            place = one.certificate_line, one.quantity.unit
            sums[place] = sums.get(place, Decimal(0)) + one.quantity.value
    return [written(wording, plain(value), unit) for (_, unit), value in sorted(sums.items())]


def _facts(visit: Visit, certificate: Certificate | None) -> Sequence[tuple[str, str]]:
    if certificate is None:
        return ()
    times = times_of(visit)
    valid = [times.day(one) if one is not None else "…" for one in (certificate.valid_from, certificate.valid_to)]
    told = {
        "valid": " / ".join(valid) if valid != ["…", "…"] else visit.text("certificate.no_validity"),
        "holder": ", ".join(holders_of(certificate)),
        "goods": ", ".join(dict.fromkeys(line.commodity_code for line in certificate.lines[:_LINES])),
        "successors": ", ".join(certificate.successors),
        "authority_code": " ".join(filter(None, (certificate.authority_status, certificate.decision))),
    }
    return [(visit.text(f"certificate.{name}"), text) for name, text in told.items() if text]


def _is_reference(reference: str) -> bool:
    return 0 < len(reference) <= _LONGEST and illegible(reference) is None


def _cursor(visit: Visit) -> int | None:
    cursor = visit.asked("cursor")
    if not cursor:
        return None
    if not (cursor.isascii() and cursor.isdecimal() and len(cursor) <= 18):
        raise CallInvalid("cursor: it is the one of the page before.")
    return int(cursor)
