"""Answers that are cut short, are something else, or lack a field: raised, never believed.

What is demanded of a place of a recorded answer that is altered (docs/decisions/0132): the adapter raises; or nothing
that the adapter says depends on that place in any way, and nothing changes. Beyond that,

- of a `null` in JSON and of an element or attribute that an XML document leaves out or leaves empty, which may be the
  authority's way to say "none", that what the adapter makes of it is no better than what was recorded;
- where another recording shows that the authority leaves the place out, or says `null`, that it does not become valid; that a
  valid document states no lines only another valid one shows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.conformance.alteration import (
    Alteration,
    AlterationKind,
    absent_and_empty,
    alterations,
    is_xml,
    sampled,
    truncations,
)
from gateway.conformance.comparison import improvements
from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.recording import RecordedRequest, Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.contract import Answer, Response, Status

TRUNCATED = rule(
    "fields.truncated",
    "Every beginning of an answer raises",
    "parse the whole body, by gateway.contract.reading or a parser of XML",
)
NO_ANSWER = rule(
    "fields.no_answer",
    "An empty body, `null`, `[]`, `{}`, a text and a web page raise, with every status that the adapter reads",
    "read the body strictly before you look at anything else of the answer, its status too",
)
MISSING = rule(
    "fields.missing",
    "A field that is read and missing raises",
    "read it as a field that has to be there; if the authority may leave it out, record an answer in which it does (of lines: of a valid document)",
)
NULLED = rule(
    "fields.nulled",
    "A field that is empty makes no answer better than it was",
    "refuse it; if the authority may say so, record an answer in which it does",
)
RETYPED = rule(
    "fields.retyped",
    "A field of another type raises where it is read",
    "read it by its type (gateway.contract.reading)",
)

Shown = tuple[set[tuple[str, ...]], set[tuple[str, ...]]]
"""The shapes of places that recordings show absent, and empty."""

BODIES = (
    b"",
    b"null",
    b"[]",
    b"{}",
    b'"VALID"',
    b"\xff\xfe\x00",
    b"<html><body>We will be back soon.</body></html>",
    b"<a/>",
)
RULES = {AlterationKind.DELETED: MISSING, AlterationKind.NULLED: NULLED, AlterationKind.RETYPED: RETYPED}
MOST_TOLD = 5
"""The most places of one recording that are reported of one rule."""


def check_fields(inspection: Inspection) -> Iterator[Nonconformity]:
    """Alter every recorded answer in every way."""
    recordings = [one for one in inspection.answered() if one.exchanges]
    shown = shown_by(inspection, recordings)
    not_read: dict[str, int] = {}
    for recording in recordings:
        for number in range(len(recording.answers)):
            yield from _no_answers(inspection, recording, number)
            yield from _altered(inspection, recording, number, shown.of(recording.exchanges[number][0]), not_read)
    if not_read:
        names = ", ".join(sampled(sorted(not_read), 12))
        inspection.remarks.append(f"{len(not_read)} places of the recorded answers are not read, e.g. {names}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPlaces:
    """The places that recordings show absent and empty, of each kind of request; and of those what valid documents show."""

    by_kind: Mapping[tuple[str, bool], Shown]

    def of(self, request: RecordedRequest) -> tuple[Shown, Shown]:
        """Return what all answers to requests of one kind show, and what those show that are of a valid document."""
        asked = _asked_as(request)
        return self.by_kind[asked, False], self.by_kind.get((asked, True), (set(), set()))


def shown_by(inspection: Inspection, recordings: Sequence[Recording]) -> ShownPlaces:
    """Return what recordings show that the authority leaves out or says as `null`."""
    said: dict[tuple[str, bool], list[bytes]] = {}
    for recording in recordings:
        for request, answer in recording.exchanges:
            # Lines that are left out of an answer that is not valid may not be left out of one that is.
            for valid in {False, _is_valid(inspection.result(recording))}:
                said.setdefault((_asked_as(request), valid), []).append(answer.body)
    return ShownPlaces(by_kind={asked: absent_and_empty(bodies) for asked, bodies in said.items()})


def _asked_as(request: RecordedRequest) -> str:
    """Return what requests of one kind have in common: the method, and the address with a mark for each part that has a number."""
    segments = request.path.partition("?")[0].split("/")
    return " ".join((request.method, *("#" if any(sign.isdigit() for sign in one) else one for one in segments)))


def rows_with(recording: Recording, number: int, bodies: Sequence[bytes]) -> list[list[Response]]:
    """Return the recorded answers with each of the bodies in the place of one."""
    before, answer, after = recording.answers[:number], recording.answers[number], recording.answers[number + 1 :]
    return [[*before, replace(answer, body=body), *after] for body in bodies]


def _no_answers(inspection: Inspection, recording: Recording, number: int) -> Iterator[Nonconformity]:
    body = recording.answers[number].body
    ends = truncations(body, inspection.most)
    for cut, result in zip(ends, inspection.results(recording, rows_with(recording, number, ends)), strict=True):
        if result.fault is None:
            what = f"after {len(cut)} of {len(body)} bytes it says {result.shown()}"
            yield Nonconformity(rule=TRUNCATED, place=recording.line("exchange", number, "response"), what=what)
            break
    requests = inspection.result(recording).requests
    statuses = {recording.answers[number].status} | (set(requests[number].expect) if number < len(requests) else set())
    for status in sorted(statuses):
        rows = [
            [replace(one, status=status) if place == number else one for place, one in enumerate(row)]
            for row in rows_with(recording, number, BODIES)
        ]
        for spoilt, result in zip(BODIES, inspection.results(recording, rows), strict=True):
            if result.fault is None and spoilt != body:
                what = f"of status {status} and the body {spoilt.decode('latin-1')!r} it makes {result.shown()}"
                yield Nonconformity(rule=NO_ANSWER, place=recording.line("exchange", number, "response"), what=what)
                break


def _altered(
    inspection: Inspection, recording: Recording, number: int, shown: tuple[Shown, Shown], not_read: dict[str, int]
) -> Iterator[Nonconformity]:
    body = recording.answers[number].body
    made = list(alterations(body, inspection.most))
    results = inspection.results(recording, rows_with(recording, number, [one.body for one in made]))
    recorded = inspection.result(recording)
    read = {one.place for one, result in zip(made, results, strict=True) if not is_alike(recorded, result)}
    told: dict[ConformanceRule, int] = {}
    for one, result in zip(made, results, strict=True):
        if one.place not in read:
            not_read[one.shown] = not_read.get(one.shown, 0) + 1
        what = alteration_fault(one, recorded, result, read=one.place in read, shown=shown, xml=is_xml(body))
        if what is None:
            continue
        found = RULES[one.kind]
        told[found] = told.get(found, 0) + 1
        if told[found] <= MOST_TOLD:
            place = recording.line("exchange", number, "response")
            yield Nonconformity(rule=found, place=place, what=f"{one.shown} {one.kind.value}: {what}")


def is_alike(recorded: JudgedResult, result: JudgedResult) -> bool:
    """Whether an altered answer is taken for what the recorded one is taken for."""
    return result.fault is None and result.value == recorded.value


def alteration_fault(
    alteration: Alteration,
    recorded: JudgedResult,
    result: JudgedResult,
    *,
    read: bool,
    shown: tuple[Shown, Shown],
    xml: bool,
) -> str | None:
    """Return what is wrong with what the adapter makes of an alteration; None if nothing is."""
    if result.fault is not None or not read:
        return None
    better = ", ".join(improvements(recorded.value, result.value))
    of_all, of_valid = (_is_shown(alteration, one, xml=xml) for one in shown)
    if of_all:
        worse = _became_valid(recorded, result) or (not xml and not of_valid and _lost_its_lines(recorded, result))
        return better if worse else None
    if xml or alteration.kind is AlterationKind.NULLED:
        return better or None
    if is_alike(recorded, result):
        return "it is read, and nobody notices" if alteration.kind is AlterationKind.DELETED else None
    return f"it says {result.shown()} all the same"


def _is_shown(alteration: Alteration, shown: Shown, *, xml: bool) -> bool:
    """Whether recordings show that the authority says so itself."""
    absent, empty = shown
    if alteration.kind is AlterationKind.DELETED:
        return alteration.shape in absent
    return alteration.kind is AlterationKind.NULLED and alteration.shape in (empty if xml else absent | empty)


def _lost_its_lines(recorded: JudgedResult, result: JudgedResult) -> bool:
    """Whether a valid document stays valid without the lines that limit it."""
    before, after = recorded.value, result.value
    if not (isinstance(before, Answer) and isinstance(after, Answer) and after.status is Status.VALID):
        return False
    return bool(before.certificate and before.certificate.lines and after.certificate and not after.certificate.lines)


def _is_valid(result: JudgedResult) -> bool:
    return isinstance(result.value, Answer) and result.value.status is Status.VALID


def _became_valid(recorded: JudgedResult, result: JudgedResult) -> bool:
    return _is_valid(result) and not _is_valid(recorded)
