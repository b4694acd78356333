"""Conversions between the domain's values and the columns that hold them."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import structs

from gateway.domain.calendar import in_utc
from gateway.domain.codec import decode, encode
from gateway.domain.contingency import DecidedInside
from gateway.domain.control import Examination
from gateway.domain.control_order import Controlled
from gateway.domain.decision import DocumentOutcome, NumberedDecision
from gateway.domain.declaration import Declaration, Direction, Kind
from gateway.domain.events import GENESIS, EventKind, SealedEvent
from gateway.domain.facts import Facts, known_after, read_facts
from gateway.domain.invalidation import ReceivedInvalidation, invalidation_of
from gateway.domain.matter import Matter
from gateway.domain.movement import Movement
from gateway.domain.record import AskedAbout, Detail, OfficerVerification, Reached, Record, RefusalTold, State, Work
from gateway.domain.release import LastRelease, Released, StepOutcome, StepReceived
from gateway.domain.storable import is_storable
from gateway.domain.suspension import Suspended
from gateway.domain.verification import CitedUnder
from gateway.store import covered_rows as covering
from gateway.store import listing
from gateway.store.commits import Outcome
from gateway.store.covered_rows import CoveredRows
from gateway.store.stored_evidence import read_evidence

Row = Mapping[str, Any]
Documents = tuple[DocumentOutcome, ...]


def is_id(text: str) -> bool:
    """Whether the text is an id: a UUID in its usual form."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def offices_parameter(offices: Collection[str] | None) -> list[str] | None:
    """Return the parameter by which lists are limited to customs offices; None: they are not."""
    return None if offices is None else sorted(offices)


def json_text(value: Any) -> str:
    """Return a value as the JSON text that is stored."""
    return encode(value).decode()


def event_parameters(events: Sequence[SealedEvent], *, seq: int = 0, head: str = GENESIS) -> dict[str, Any]:
    """Return the parameters that write events and move their chain's head; without any it stays at `seq` and `head`."""
    return {"events": json_text(events), **chain_columns(events, seq=seq, head=head)}


def chain_columns(events: Sequence[SealedEvent], *, seq: int = 0, head: str = GENESIS) -> dict[str, Any]:
    """Return where a chain ends after some events; without any it stays at `seq` and `head`."""
    return {"seq": events[-1].seq if events else seq, "head": events[-1].hash if events else head}


def citations(documents: Documents, cited: Iterable[CitedUnder] | None) -> list[CitedUnder]:
    """Return the cited documents, by type and reference, under which a declaration is found, each once."""
    # An identity that cannot be stored is a text that the document can be asked about by all the same.
    found = (CitedUnder(d.type, d.reference) for d in documents) if cited is None else cited
    return sorted({one for one in found if one.reference and is_storable(one.reference)}, key=itemgetter(1, 0))


def transport_numbers(declaration: Declaration) -> list[dict[str, str]]:
    """Return the rows of the numbers of containers and means of transport under which a declaration is found."""
    numbers = declaration.transport.numbers if declaration.transport is not None else ()
    return [{"number": one} for one in numbers if is_storable(one)]


def content(declaration: Declaration, documents: Documents, digest: str, raw: str) -> dict[str, Any]:
    """Return the parameters that every version of a declaration is written with."""
    return {
        "digest": digest,
        "raw": raw,
        "mrn": declaration.mrn,
        "eoris": sorted(declaration.eoris),
        "direction": declaration.direction.value,
        "kind": declaration.kind.value,
        "office": declaration.customs_office,
        "presentation_office": declaration.presentation_office,
        "model": json_text(declaration),
        "documents": json_text(documents),
    }


class DecidedRows(NamedTuple):
    """The rows that the outcome of an assessment writes."""

    head: dict[str, Any]
    """The columns of the declaration and of its version."""
    tables: dict[str, Sequence[Any]]
    rare: dict[str, Any] | None
    """The rows that only a statement for this declaration alone writes; None: nothing of that kind."""
    covered: CoveredRows
    """The rows that the event reports."""


def decided(outcome: Outcome, version: int) -> DecidedRows:
    """Return the rows that write a decision and its documents' outcomes. Documents stand once, in the decision."""
    numbered = outcome.decision
    # Where nothing happened the documents are as they were, however they come out.
    if outcome.documents is None or not outcome.events:
        origin = "before"
    else:
        same = numbered is not None and outcome.documents == numbered.decision.documents
        origin = "decision" if same else "here"
    movements = moved(outcome.movements)
    reports = {seq: json_text(due) for seq, due in outcome.reports}
    carried_out: list[dict[str, Any]] = [
        {"seq": seq, "outcome": json_text(ended), "reports": reports.get(seq)} for seq, ended in outcome.steps
    ]
    inside = [_inside_row(one) for one in outcome.inside]
    head = {
        "version": version,
        "state": outcome.state.value,
        "origin": origin,
        "documents": json_text(outcome.documents) if origin == "here" else None,
        "number": numbered.number if numbered else None,
        "assess_at": outcome.assess_at,
        "gave_up": outcome.gave_up,
        "kept": numbered is None or outcome.still_confirmed,
        "released": json_text(outcome.released) if outcome.released is not None else None,
        "unsettled": outcome.unsettled,
        "reserves": outcome.reserves,
        "keeps": outcome.keeps_lost,
        "remains": outcome.left,
        "waits_for": outcome.waits_for,
        "asked": outcome.waits_asked.total_seconds() if outcome.waits_for else None,
        **listing.listed_columns(outcome.listed),
    }
    body = json_text(numbered) if numbered else None
    covered = covering.decided({**head, "decision": body}, version=version) | covering.moved(movements)
    for step in carried_out:
        columns = {name: covering.digest(step[name]) for name in ("outcome", "reports") if step[name] is not None}
        covered[covering.place("step", step["seq"])] = columns
    for one in inside:
        key = (one["number"], one["type"], one["reference"])
        covered[covering.place("contingency_document", *key)] = {"body": covering.digest(one["body"])}
    tables: dict[str, Sequence[Any]] = {
        "decisions": [{"number": numbered.number, "version": version, "decided_at": numbered.decided_at, "body": body}]
        if numbered
        else (),
        "movements": movements,
        "notices": outcome.notices,
    }
    rare = {"steps": json_text(carried_out), "inside": json_text(inside), "windows": list(outcome.windows)}
    is_rare = carried_out or inside or outcome.windows
    return DecidedRows(head=head, tables=tables, rare=rare if is_rare else None, covered=covered)


_KEPT_UP_TO = 32 * 1024
"""Characters of a movement's text up to which it is kept: as many of ten thousand goods items would take gigabytes."""


def read_movement(body: str) -> Movement:
    """Return a movement of its text: those of before come again with each step of a declaration, and are read once."""
    return _kept_movement(body) if len(body) <= _KEPT_UP_TO else decode(body, Movement)


@lru_cache(maxsize=256)
def _kept_movement(body: str) -> Movement:
    return decode(body, Movement)


def moved(movements: Sequence[Movement]) -> list[dict[str, Any]]:
    """Return movements as the rows that are written: the columns that are queried, and the whole."""
    return [{**movement_columns(one), "body": json_text(one)} for one in movements]


def movement_columns(one: Movement) -> dict[str, Any]:
    """Return the columns that repeat what the body of a movement says."""
    return {
        "number": one.number,
        "type": one.type,
        "reference": one.reference,
        "adapter": one.adapter,
        "kind": one.kind,
        "state": one.state,
        "planned_at": one.planned_at,
        "settled_at": one.settled_at,
    }


def inside_columns(one: DecidedInside) -> dict[str, Any]:
    """Return the columns that repeat what the body of a document inside a contingency window says."""
    return {
        "number": one.window,
        "type": one.type,
        "reference": one.listed_as or one.reference,
        "let_through": one.unverified,
        "afterwards": one.afterwards,
    }


def _inside_row(one: DecidedInside) -> dict[str, Any]:
    return {**inside_columns(one), "body": json_text(one)}


def read_work(row: Row) -> Work:
    """Read the work that the holder of a lease acts on."""
    last = decode(row["last"], NumberedDecision) if row["last"] is not None else None
    declaration = decode(row["model"], Declaration)
    yielded = declaration.mrn is not None and declaration.mrn != row["mrn"]
    facts = _last_facts(row, last)
    return Work(
        id=row["id"],
        token=row["lease_token"],
        version=row["current_version"],
        event_seq=row["event_seq"],
        event_head=row["event_head"],
        decisions=row["decision_count"],
        lost_attempts=row["lost_attempts"],
        received_at=in_utc(row["received_at"]),
        accepted_at=in_utc(row["accepted_at"]),
        mrn=row["mrn"],
        declaration=structs.replace(declaration, mrn=None) if yielded else declaration,
        mrn_yielded=yielded,
        officer_verifications=tuple(decode(body, OfficerVerification) for body in row["verifications"]),
        last=last,
        invalidating=row["invalidating"],
        invalidation=_invalidation(row),
        ended=State(row["ended"]) if row["ended"] is not None else None,
        confirmed=row["confirmed"],
        documents=_documents(row, last),
        movements=tuple(map(read_movement, row["movements"])),
        steps=tuple(decode(body, StepReceived) for body in row["steps"]),
        released=read_released(row),
        examination=_examination(row),
        suspended=read_shut(row),
        controlled=_controlled(row),
        dormant=row["given_back"],
        assessed=row["assessed"] and not row["hinted"],
        because=tuple(row["hinted_by"]),
        gave_up=row["gave_up"],
        assess_at=in_utc(row["look_due_at"]),
        before=tuple(known_after(facts)) if facts is not None else (),
        answers=facts.verifications if facts is not None else (),
        last_release=_last_release(row),
        verified=row["verified"],
        inside=tuple(_inside(json.loads(event_parameters)) for event_parameters in row["inside"]),
    )


def _inside(entry: Mapping[str, Any]) -> DecidedInside:
    return replace(decode(entry["body"], DecidedInside), ended=entry["ended"])


def _last_facts(row: Row, last: NumberedDecision | None) -> Facts | None:
    """Read the facts of the last assessment at this version; None: there was none, or they are not stored any more."""
    # The first decision on a version comes with its first assessment: the last assessment was at the version of the last decision.
    if last is None or last.version != row["current_version"] or row["facts"] is None:
        return None
    return read_facts(read_evidence(row["facts"], row["facts_digest"]))


def _last_release(row: Row) -> LastRelease | None:
    """Read the last order to release goods."""
    if row["last_release"] is None:
        return None
    outcome = decode(row["release_outcome"], StepOutcome) if row["release_outcome"] is not None else None
    return LastRelease(seq=row["last_release"], outcome=outcome)


def read_step(row: Row) -> StepReceived:
    """Read a release or an intervention with its outcome."""
    outcome = decode(row["outcome"], StepOutcome) if row["outcome"] is not None else None
    return replace(decode(row["body"], StepReceived), outcome=outcome)


def read_released(row: Row) -> Released | None:
    """Read what was released so far."""
    return decode(row["released"], Released) if row["released"] is not None else None


def reached(head: Row) -> Reached:
    """Return how far a declaration has come by its locked head, to judge whether a step may be received."""
    return Reached(
        version=head["current_version"],
        seq=head["event_seq"],
        mrn=head["mrn"],
        accepted_at=head["accepted_at"],
        ended=head["ended"],
        invalidating=head["invalidating"],
        invalidation=_invalidation(head),
        released=read_released(head),
        dormant=head["given_back"],
        examination=_examination(head),
        suspended=read_shut(head),
        controlled=_controlled(head),
        words_wait=head.get("words_wait", False),
        decision=head["decision_number"] or 0,
        confirmed=head["confirmed"],
        erased=head["erased"],
        busy=head["busy"],
        kind=Kind(head["kind"]),
    )


def read_record(row: Row) -> Record:
    """Read one version of a declaration as readers see it."""
    numbered = decode(row["decision"], NumberedDecision) if row["decision"] is not None else None
    record = _record(row, numbered, _documents(row, numbered), _detail(row, numbered) if "model" in row else None)
    return replace(record, last_release=_last_release(row)) if row.get("last_release") is not None else record


def record_of(row: Row, work: Work, outcome: Outcome) -> Record:
    """Return the record of a declaration whose outcome was committed just now."""
    numbered = outcome.decision
    if numbered is None and work.last is not None and work.last.version == work.version:
        numbered = work.last
    documents = outcome.documents if outcome.documents is not None else _documents(row, numbered)
    outstanding = len(work.steps) > len(outcome.steps)
    ended = dict(outcome.steps)
    releases = [LastRelease(seq=one.seq, outcome=ended.get(one.seq)) for one in work.steps if one.release is not None]
    gave_up = outcome.gave_up or work.gave_up
    verified = [event for event in outcome.events if event.kind is EventKind.DOCUMENTS_VERIFIED]
    now = tuple(one for event in verified for one in _asked(event.body["documents"], event.at))
    detail = Detail(
        declared=work.declaration,
        asked=now if verified else _asked_then(work.verified),
        assess_at=outcome.assess_at,
        gave_up=numbered is not None and gave_up == numbered.number,
        invalidation=work.invalidation,
        lodged_at=work.received_at,
    )
    whole = {**row, "version": work.version, "state": outcome.state, "outstanding": outstanding}
    record, last = _record(whole, numbered, documents, detail), releases[-1] if releases else work.last_release
    return record if last is None else replace(record, last_release=last)


def read_event(row: Row) -> SealedEvent:
    """Read an event in its place."""
    return SealedEvent(
        seq=row["seq"], kind=EventKind(row["kind"]), at=in_utc(row["at"]), text=row["text"], hash=row["hash"]
    )


def _documents(row: Row, numbered: NumberedDecision | None) -> Documents:
    if row["documents"] is not None:
        return decode(row["documents"], Documents)
    return numbered.decision.documents if numbered else ()


def _record(row: Row, numbered: NumberedDecision | None, documents: Documents, detail: Detail | None) -> Record:
    return Record(
        id=str(row["id"]),
        version=row["version"],
        current_version=row["current_version"],
        lrn=row["lrn"],
        mrn=row["mrn"],
        declarant=row["declarant"],
        eoris=tuple(row["eoris"]),
        direction=Direction(row["direction"]),
        kind=Kind(row["kind"]),
        received_at=in_utc(row["received_at"]),
        accepted_at=in_utc(row["accepted_at"]),
        state=State(row["state"]),
        due=row["due"],
        event_seq=row["event_seq"],
        documents=documents,
        decision=numbered,
        confirmed=row["confirmed"],
        released=read_released(row),
        outstanding=row["outstanding"],
        examination=_examination(row),
        suspended=read_shut(row),
        controlled=_controlled(row),
        words_wait=row.get("words_wait", False),
        detail=detail,
    )


def _detail(row: Row, numbered: NumberedDecision | None) -> Detail:
    return Detail(
        declared=decode(row["model"], Declaration) if row["model"] is not None else None,
        asked=_asked_then(row["asked"]),
        assess_at=in_utc(row["look_due_at"]),
        gave_up=numbered is not None and row["gave_up"] == numbered.number,
        matters=read_matters(row["matters"]),
        invalidation=_invalidation(row),
        lodged_at=in_utc(row["lodged_at"]),
        refusal_told=_refusal_told(row["refusal_told"]),
    )


def read_matters(text: str | None) -> tuple[Matter, ...]:
    """Return the open matters of a declaration, as `matter_in_case` has them."""
    return () if text is None else decode(text, tuple[Matter, ...])


def _refusal_told(text: str | None) -> RefusalTold | None:
    """Return the confirmation of a refusal, read from the text of its event."""
    if text is None:
        return None
    told = json.loads(text)
    return RefusalTold(at=datetime.fromisoformat(told["at"]), heard=bool(told["body"].get("heard")))


def _invalidation(row: Row) -> ReceivedInvalidation | None:
    """Return the invalidation, read from the text of its event; None: there is none."""
    if row["invalidation"] is None:
        return None
    told = json.loads(row["invalidation"])
    return invalidation_of(datetime.fromisoformat(told["at"]), told["body"])


def _asked_then(verified: str | None) -> tuple[AskedAbout, ...]:
    """Return the questions to an authority, read from the text of their event."""
    if verified is None:
        return ()
    told = json.loads(verified)
    return tuple(_asked(told["body"]["documents"], datetime.fromisoformat(told["at"])))


def _asked(documents: Iterable[Any], at: datetime) -> Iterator[AskedAbout]:
    """Return what an authority was asked about, by the event of a verification; what an officer verified nobody asked."""
    for one in documents:
        if one["attempts"]:
            yield AskedAbout(type=one["type"], reference=one["reference"], at=at, attempts=one["attempts"])


def _examination(row: Row) -> Examination | None:
    return decode(row["examination"], Examination) if row["examination"] is not None else None


def read_shut(row: Row) -> tuple[Suspended, ...]:
    """Read the suspensions of a declaration that are not over, as it holds them; of one of a page none are read."""
    text = row.get("shut")
    return decode(text, tuple[Suspended, ...]) if text is not None else ()


def _controlled(row: Row) -> tuple[Controlled, ...]:
    text = row.get("controlled")
    return decode(text, tuple[Controlled, ...]) if text is not None else ()
