"""Answers in more parts than were recorded: all are read, none contradicts another, and each is asked for by the very text that names it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise

from gateway.conformance.alteration import Alteration, AlterationKind, Place, alterations, is_xml
from gateway.conformance.checks.fields import RULES, ShownPlaces, alteration_fault, is_alike, shown_by
from gateway.conformance.checks.pages import COUNTS, LINKS, PAGES, is_paged, series_of
from gateway.conformance.checks.references import decoded
from gateway.conformance.checks.statuses import unsendable
from gateway.conformance.comparison import improvements
from gateway.conformance.inspection import READING, Inspection, JudgedResult, references
from gateway.conformance.leaves import AnswerLeaf, answer_leaves, with_leaves
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.server import Arrived
from gateway.contract import Answer, Ledger, Request, Response

CUT_OFF = rule(
    "chains.cut_off",
    "However many parts an answer has, each is asked for, or it raises: nothing is made of the first few",
    "follow the parts until the authority says that there are no more; where there are too many for you, raise",
)
CONTRADICTION = rule(
    "chains.contradiction",
    "A status or a day that one part says otherwise than another raises, or makes the answer worse",
    "read what each part says of the document, and raise where they differ",
)
CURSOR = rule(
    "chains.cursor",
    "What names the next part arrives as one value, whatever stands in it",
    "percent-encode it, `quote(cursor, safe='')`; in a body let json or lxml write it",
)

HOSTILE = 'a&b c+d="\u00e9/'
"""A cursor with what has a meaning in addresses, forms, JSON and XML."""
_MOST = 18
"""Parts that a longer chain has beyond the recorded ones, as far as the manifest lets them be asked for."""
_PAGE = re.compile(r"(?:current_?)?page(?:_?(?:number|no|index))?", re.IGNORECASE)
_OF_PARTS = (_PAGE, PAGES, COUNTS, LINKS)
_AT_END = re.compile("[0-9]{1,9}$")
_DAY = re.compile(r"(?P<year>[0-9]{4})(?P<rest>-[0-9]{2}-[0-9]{2}.*)")


def check_chains(inspection: Inspection) -> Iterator[Nonconformity]:
    """Add parts to answers that are recorded in several, have them contradict each other, and name them hostilely."""
    recordings = [one for one in inspection.answered() if one.exchanges]
    shown = shown_by(inspection, recordings)
    for recording in recordings:
        series = series_of(recording)
        if len(series) > 1 and is_paged(recording, series[0]):
            yield from _altered_everywhere(inspection, recording, series, shown)
            yield from _cut_off(inspection, recording, series)
            yield from _contradicting(inspection, recording, series)
            yield from _hostile(inspection, recording, series)


@dataclass(frozen=True, slots=True, kw_only=True)
class _LongerChain:
    """A recorded answer in parts that is made longer: copies of the first part with lines of their own stand after it."""

    parts: int
    more: int
    """Copies."""
    lines: int
    """All that were recorded."""
    a_part: int
    """The numbers of the first part."""
    last: int
    """The highest number of a line, or at the end of a listed document's."""
    numbered: frozenset[str]
    """The places of these numbers."""

    def part(self, body: bytes, later: int, copy: int = 0) -> bytes:
        """Return a part that comes later by so many, as the recorded one or as a copy with a number."""
        return with_leaves(body, partial(self._changed, later, copy)) or body

    def _changed(self, later: int, copy: int, leaf: AnswerLeaf) -> str | None:
        number = int(leaf.text) if re.fullmatch("[0-9]{1,9}", leaf.text) else None
        if leaf.shown in self.numbered:
            return _counted_on(leaf.text, copy * self.last)
        if LINKS.fullmatch(leaf.name) and leaf.text.lower() not in {"0", "true", "false"}:
            return _following(leaf.text, later, copy)
        if number is None or "[]" in leaf.shown:
            return None
        if _PAGE.fullmatch(leaf.name):
            return str(number + later)
        if PAGES.fullmatch(leaf.name) and number == self.parts:
            return str(number + self.more)
        if COUNTS.fullmatch(leaf.name) and number == self.lines:
            return str(number + self.more * self.a_part)
        return None


def _following(text: str, later: int, copy: int) -> str:
    """Return what names the part after one that comes later: with another number at its end, or another end."""
    return _counted_on(text, later) if _AT_END.search(text) else f"{text}x{copy}" if copy else text


def _counted_on(text: str, by: int) -> str:
    """Return a text with another number at its end, as wide as it was; without one, with one behind it."""
    match = _AT_END.search(text)
    if match is None:
        return f"{text}{by}" if by else text
    return text[: match.start()] + str(int(match[0]) + by).zfill(len(match[0]))


def _longer(inspection: Inspection, recording: Recording, series: Sequence[int]) -> _LongerChain | None:
    more = min(_MOST, inspection.package.manifest.limits.round_trips - len(recording.answers))
    numbers = set(_numbers(inspection.result(recording).value))
    if more < 1 or not numbers:
        return None
    texts: dict[str, set[str]] = {}
    for leaf in (leaf for one in series for leaf in answer_leaves(recording.answers[one].body)):
        # In XML nothing but its name tells the number of a part from that of a line.
        if ("[]" in leaf.shown or "/" in leaf.shown) and not any(one.fullmatch(leaf.name) for one in _OF_PARTS):
            texts.setdefault(leaf.shown, set()).add(leaf.text)
    numbered = frozenset(place for place, those in texts.items() if those <= numbers)
    first = {one.text for one in answer_leaves(recording.answers[series[0]].body) if one.shown in numbered}
    return _LongerChain(
        parts=len(series),
        more=more,
        lines=len(numbers),
        a_part=len(first),
        last=max(int(match[0]) if (match := _AT_END.search(one)) else 1 for one in numbers),
        numbered=numbered,
    )


def _numbers(value: object) -> Iterator[str]:
    """Yield the numbers of the lines of a result, or of the documents that it lists."""
    if isinstance(value, tuple):
        yield from references(value)
    certificate = value.certificate if isinstance(value, Answer) else None
    ledger = value if isinstance(value, Ledger) else getattr(value, "ledger", None)
    yield from (str(one.number) for one in (certificate.lines if certificate is not None else ()))
    yield from (str(one.number) for one in (ledger.lines if ledger is not None else ()))


def _cut_off(inspection: Inspection, recording: Recording, series: Sequence[int]) -> Iterator[Nonconformity]:
    longer = _longer(inspection, recording, series)
    if longer is None:
        return
    answers, first = recording.answers, series[0]
    row: list[Response] = []
    for number, answer in enumerate(answers):
        later = longer.more if number > first else 0
        row.append(replace(answer, body=longer.part(answer.body, later)) if number in series else answer)
        if number == first:
            copies = (longer.part(answer.body, one, one) for one in range(1, longer.more + 1))
            row += [replace(answer, body=one) for one in copies]
    (result,) = inspection.results(recording, [row], free=True)
    if result.fault is None and len(result.requests) < len(row):
        what = f"of {len(row)} parts it asks for {len(result.requests)}, and says {result.shown()}"
        yield Nonconformity(rule=CUT_OFF, place=recording.line("exchange", series[1]), what=what)


def _altered_everywhere(
    inspection: Inspection, recording: Recording, series: Sequence[int], shown: ShownPlaces
) -> Iterator[Nonconformity]:
    """Alter a place in all parts at once: what only compares them sees nothing."""
    recorded, answers = inspection.result(recording), recording.answers
    alike = [_by_kind(answers[one].body, inspection.most) for one in series]
    keys = [key for key in alike[0] if all(key in one for one in alike)]
    rows: list[list[Response]] = []
    for key in keys:
        bodies = {number: one[key].body for number, one in zip(series, alike, strict=True)}
        rows.append([replace(one, body=bodies.get(number, one.body)) for number, one in enumerate(answers)])
    results = inspection.results(recording, rows, free=True)
    read = {key[1] for key, result in zip(keys, results, strict=True) if not is_alike(recorded, result)}
    shows = shown.of(recording.exchanges[series[0]][0])
    xml = is_xml(answers[series[0]].body)
    for key, result in zip(keys, results, strict=True):
        one = alike[0][key]
        what = alteration_fault(one, recorded, result, read=one.shape in read, shown=shows, xml=xml)
        if what is not None:
            place = recording.line("exchange", series[0], "response")
            what = f"{one.shown} {one.kind.value} in all parts: {what}"
            yield Nonconformity(rule=RULES[one.kind], place=place, what=what)


def _by_kind(body: bytes, most: int) -> dict[tuple[AlterationKind, tuple[str, ...], int], Alteration]:
    """Return the alterations of a part by what they have in common with those of another: how, where, and which of several."""
    found: dict[tuple[AlterationKind, tuple[str, ...], int], Alteration] = {}
    seen: Counter[tuple[AlterationKind, Place]] = Counter()
    for one in alterations(body, most):
        which = seen[one.kind, one.place]
        seen[one.kind, one.place] += 1
        found.setdefault((one.kind, one.shape, which), one)
    return found


def _contradicting(inspection: Inspection, recording: Recording, series: Sequence[int]) -> Iterator[Nonconformity]:
    recorded = inspection.result(recording)
    certificate = recorded.value.certificate if isinstance(recorded.value, Answer) else None
    if certificate is None:
        return
    days = {str(one) for one in (certificate.valid_from, certificate.valid_to) if one is not None}
    codes = [certificate.authority_status, *_other_codes(inspection, recorded.value)]
    leaves = {one: {leaf.shown: leaf for leaf in answer_leaves(recording.answers[one].body)} for one in series}
    common = set.intersection(*(set(one) for one in leaves.values()))
    told: set[str] = set()
    for number in series:
        said = [leaf for place, leaf in leaves[number].items() if place in common and place not in told]
        for leaf in said:
            others = _contraries(leaf.text, codes, days)
            rows = [_row(recording, number, leaf, other) for other in others]
            for other, result in zip(
                others, inspection.results(recording, rows, free=True) if rows else [], strict=True
            ):
                if result.fault is None and _is_believed(recorded, result):
                    what = f"{leaf.shown}: part {series.index(number) + 1} says {other!r}, the others {leaf.text!r}: {result.shown()}"
                    yield Nonconformity(rule=CONTRADICTION, place=recording.line("exchange", number), what=what)
                    told.add(leaf.shown)
                    break


def _is_believed(recorded: JudgedResult, result: JudgedResult) -> bool:
    return result.value == recorded.value or bool(list(improvements(recorded.value, result.value)))


def _other_codes(inspection: Inspection, value: Answer) -> list[str]:
    """Return a code of the authority that means another status, if one is recorded."""
    answers = [one.expect.value for one in inspection.recordings if isinstance(one.expect.value, Answer)]
    others = [one.certificate.authority_status for one in answers if one.certificate and one.status is not value.status]
    return others[:1]


def _contraries(text: str, codes: Sequence[str], days: set[str]) -> list[str]:
    """Return what contradicts a text of an answer: another status, an earlier and a later day; nothing if it is none of these."""
    if text == codes[0]:
        return list(codes[1:])
    match = _DAY.fullmatch(text)
    if match is None or text[:10] not in days:
        return []
    return [f"{int(match['year']) + years:04d}{match['rest']}" for years in (-1, 1)]


def _row(recording: Recording, number: int, leaf: AnswerLeaf, text: str) -> list[Response]:
    row = list(recording.answers)
    row[number] = replace(row[number], body=_with(row[number].body, leaf.shown, text))
    return row


def _with(body: bytes, place: str, text: str) -> bytes:
    return with_leaves(body, lambda one: text if one.shown == place else None) or body


def _hostile(inspection: Inspection, recording: Recording, series: Sequence[int]) -> Iterator[Nonconformity]:
    """Put a hostile text in the place of what names the next part, and look how it is asked for."""
    requests = inspection.result(recording).requests
    for number, following in pairwise(series):
        if following >= len(requests):
            return
        new = set(_values(requests[following])) - set(_values(requests[number]))
        for leaf in answer_leaves(recording.answers[number].body):
            if leaf.is_number or leaf.text not in new or leaf.text == recording.reference:
                continue
            (result,) = inspection.results(recording, [_row(recording, number, leaf, HOSTILE)], free=True)
            if (what := _misnamed(recording, result, requests[following], following)) is not None:
                place = recording.line("exchange", following, "request")
                yield Nonconformity(rule=CURSOR, place=place, what=f"{leaf.shown}: {HOSTILE!r} {what}")
                return


def _misnamed(recording: Recording, result: JudgedResult, recorded: Request, following: int) -> str | None:
    """Return what is wrong with a request that names a hostile part; None: nothing, or none was made."""
    if following >= len(result.requests) or result.requests[following] == recorded:
        return None
    request = result.requests[following]
    if (fault := unsendable(request, reads=recording.method in READING)) is not None:
        return f"is not sent: {fault}"
    if HOSTILE not in _values(request):
        return f"is no value of {request.method} {request.path[:80]}"
    return None


def _values(request: Request) -> list[str]:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return decoded(Arrived(method=request.method, target=request.path, headers=headers, body=request.body))[0]
