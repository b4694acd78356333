"""The history of a case: its versions, how its decision differs from another one, and what happened, newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from gateway.domain.actor import ANYBODYS_ID
from gateway.web.console.case_view import Body, CaseReading, capitalized
from gateway.web.times import ShownMoment

_KEY = frozenset(
    {
        "declaration.received",
        "amendment.received",
        "declaration.decided",
        "acceptance.received",
        "invalidation.received",
        "document.verified_by_officer",
        "release.received",
        "declaration.released",
        "refusal.confirmed",
        "intervention.received",
        "approval.asked",
        "approval.ended",
    }
)
"""Decisions, and what people did: these stand in bold."""
_MOST, _SINGLE = 60, 12
"""The most sentences about changes that are shown, and the most changes that stand one by one."""
_KINDS = {"undetermined": "undetermined", "pending": "pending"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that became something else; an empty kind: one of the two decisions does not have it."""

    name: str
    reference: str
    was: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDifference:
    """The changes from one decision to a later one."""

    number: int
    against: int
    changes: Sequence[Change]
    sentences: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event."""

    at: ShownMoment
    sentence: str
    before: str
    """The number of times that the same was said before it, one after the other."""
    by: str
    is_key: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    """One version with its decisions, as links."""

    version: int
    received: str
    href: str
    is_shown: bool
    decisions: Sequence[tuple[int, str, bool]]


def compared(reading: CaseReading) -> CaseDifference | None:
    """Return the difference to the decision before, or to the one that was asked for; None: there is none to compare with."""
    if reading.why is None or reading.why["difference"] is None:
        return None
    found = reading.why["difference"]
    before, after = found["before"], found["after"]
    changes = [
        Change(name=one["type"], reference=one["reference"], was=_stage(one["was"]), now=_stage(one["now"]))
        for one in found["documents"]
        if _stage(one["was"]) != _stage(one["now"])
    ]
    changes += [
        Change(
            name=capitalized(reading.items((one["goods_item"],))),
            reference="",
            was=one["was"] or "",
            now=one["now"] or "",
        )
        for one in found["items"]
    ]
    changes.append(
        Change(name=reading.text("case.declaration"), reference="", was=before["effect"], now=after["effect"])
    )
    return CaseDifference(
        number=after["number"],
        against=before["number"],
        changes=changes if len(changes) <= _SINGLE else _grouped(reading, changes),
        sentences=found["sentences"][1:][:_MOST],
    )


def _grouped(reading: CaseReading, changes: Sequence[Change]) -> Sequence[Change]:
    """Return many changes with those that are alike as one; the declaration's own stands last."""
    *several, whole = changes
    alike: dict[tuple[str, str, bool], list[Change]] = {}
    for one in several:
        alike.setdefault((one.was, one.now, bool(one.reference)), []).append(one)
    found = [
        same[0]
        if len(same) == 1
        else Change(
            name=reading.text("case.cause_documents" if of_documents else "case.cause_items", count=len(same)),
            reference="",
            was=was,
            now=now,
        )
        for (was, now, of_documents), same in alike.items()
    ]
    return [*found, whole]


def _stage(stage: Body | None) -> str:
    if stage is None or stage["status"] == "not_told":
        return ""
    effect: str = stage["effect"]
    return _KINDS.get(stage["status"], effect) if effect == "hold" else effect


def happened(reading: CaseReading, events: Sequence[Body]) -> Sequence[Happened]:
    """Return events, newest first."""
    found: list[Happened] = []
    for (sentence, by), alike in groupby(reversed(events), key=lambda one: (one["sentence"], _by(reading, one))):
        first, *earlier = alike
        before = (
            reading.text("case.times_before", count=len(earlier), time=reading.times.moment_of(earlier[-1]["at"]).text)
            if earlier
            else ""
        )
        found.append(
            Happened(
                at=reading.times.moment_of(first["at"]),
                sentence=sentence,
                before=before,
                by=by,
                is_key=first["kind"] in _KEY,
            )
        )
    return found


def done(events: Sequence[Body], number: int | None, person: str) -> str:
    """Return what a person did by an event, read from the trail; empty: it was not they, or it is not shown."""
    mine = (one for one in events if one["seq"] == number and _who(one.get("actor")) == person)
    return next((str(one["sentence"]) for one in mine), "")


def _by(reading: CaseReading, event: Body) -> str:
    known = (_who(event.get("actor")), _who(event.get("second")))
    return " / ".join(reading.text("case.anybody") if who == ANYBODYS_ID else who for who in known if who)


def _who(actor: Body | None) -> str:
    """Return who acted, as they are known: the person, else whose key it was."""
    return "" if actor is None else str(actor["person"] or actor["id"] or "")


def versions(reading: CaseReading, found: Sequence[Body], here: str) -> Sequence[ShownVersion]:
    """Return the versions, newest first; `here`: the address of the case."""
    shown = None if reading.decision is None else reading.decision["number"]
    return [
        ShownVersion(
            version=one["version"],
            received=reading.times.moment_of(one["received_at"]).text,
            href=f"{here}?version={one['version']}",
            is_shown=one["version"] == reading.declared["version"],
            decisions=[
                (made["number"], f"{here}?version={one['version']}&decision={made['number']}", made["number"] == shown)
                for made in one["decisions"]
            ],
        )
        for one in reversed(found)
    ]
