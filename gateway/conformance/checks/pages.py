"""Answers in several parts: none of them is lost, repeated or without end, and none is passed over."""

import re
from collections.abc import Iterator

from lxml import etree

from gateway.conformance.alteration import alterations, at, is_xml, json_of, xml_of
from gateway.conformance.checks.fields import rows_with
from gateway.conformance.comparison import improvements
from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Answer, Status

LOST = rule(
    "pages.lost",
    "A part that is missing raises, or makes the answer no better",
    "compare what came with what the authority says there is: a number, a total, the position in the list",
)
REPEATED = rule(
    "pages.repeated",
    "A part that comes twice raises",
    "refuse a line, an allocation or a document that stands twice, and a page whose number is not the asked one",
)
ENDLESS = rule(
    "pages.endless",
    "Parts without an end raise: an answer is never made of those that came until the adapter lost patience",
    "follow the parts until the authority says that there are no more; the gateway ends what asks too often (limits.round_trips)",
)
MORE_NOT_READ = rule(
    "pages.more_not_read",
    "Where an answer says that there is more, that is read",
    "follow it with a further request, or raise where it says that there is more",
)

LINKS = re.compile(r"next\w*|has_?(?:more|next)\w*|more|truncated|continuation\w*|cursor", re.IGNORECASE)
_FOLLOWS = re.compile(
    r"next|next_?(?:page|cursor|token|link|url|uri|href|offset|key|part|batch|result|record|set)\w*"
    r"|has_?(?:more|next)\w*|more|more_?(?:results|pages|parts|lines|records)|(?:is_?)?truncated|continuation\w*",
    re.IGNORECASE,
)
"""The fields, of those that say that there is more, that say so of nothing else."""
_NO = frozenset({"", "0", "false", "no", "none", "null"})
_ENDS = re.compile(r"is_?last\w*|last|complete", re.IGNORECASE)
COUNTS = re.compile(
    r"total|(?:total_?)?(?:count|results|records|hits|elements|items|lines)|(?:result|record|line|item)_?count",
    re.IGNORECASE,
)
PAGES = re.compile(r"pages|(?:total_?)pages|page_?count|num_?pages", re.IGNORECASE)


def check_pages(inspection: Inspection) -> Iterator[Nonconformity]:
    """Lose, repeat and go on for ever with the parts of an answer."""
    for recording in inspection.answered():
        yield from _passed_over(inspection, recording)
        yield from _not_followed(inspection, recording)
        if len(series_of(recording)) > 1:
            yield from _spoilt(inspection, recording, series_of(recording))


def series_of(recording: Recording) -> list[int]:
    """Return the numbers of the answers that are parts of one: asked for alike but for a parameter."""
    ways = [(request.method, request.path.partition("?")[0]) for request, _ in recording.exchanges]
    most = max(set(ways), key=ways.count)
    return [number for number, way in enumerate(ways) if way == most]


def _spoilt(inspection: Inspection, recording: Recording, series: list[int]) -> Iterator[Nonconformity]:
    recorded = inspection.result(recording)
    first, second, answers = series[0], series[1], list(recording.answers)
    if answers[first].body == answers[second].body or not is_paged(recording, first):
        return
    lost = [*answers[:first], answers[second], *answers[first + 1 :]]
    repeated = [*answers[:second], answers[first], *answers[second + 1 :]]
    endless = [*answers[: first + 1], *[answers[first]] * (inspection.package.manifest.limits.round_trips + 2)]
    results = inspection.results(recording, [lost, repeated, endless], free=True)
    place = recording.line("exchange", second)
    for found, result in zip((LOST, REPEATED, ENDLESS), results, strict=True):
        if result.fault is None and (found is not LOST or _is_better_or_alike(recorded, result)):
            yield Nonconformity(rule=found, place=place, what=f"it says {result.shown()}")


def is_paged(recording: Recording, first: int) -> bool:
    """Whether an answer that is followed by another one like it says that it is one of several parts."""
    value = json_of(recording.answers[first].body)
    return (
        not isinstance(value, dict)
        or any(one.fullmatch(key) for one in (LINKS, _ENDS, COUNTS, PAGES) for key in value)
        or "page" in recording.asked[first][1]
    )


def _is_better_or_alike(recorded: JudgedResult, result: JudgedResult) -> bool:
    return result.value == recorded.value or bool(list(improvements(recorded.value, result.value)))


def _passed_over(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    """Alter what says that there is more: where nothing changes, nobody reads it."""
    recorded = inspection.result(recording)
    for number, answer in enumerate(recording.answers):
        value = json_of(answer.body)
        if value is None:
            continue
        made = [
            one
            for one in alterations(answer.body, 400)
            if isinstance(one.place[-1], str) and _says_more(one.place[-1], at(value, one.place), value)
        ]
        if not made:
            continue
        results = inspection.results(recording, rows_with(recording, number, [one.body for one in made]))
        if all(result.fault is None and result.value == recorded.value for result in results):
            what = f"{made[0].shown} says that there is more, and nobody reads it"
            yield Nonconformity(rule=MORE_NOT_READ, place=recording.line("exchange", number, "response"), what=what)


def _not_followed(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    """Look whether the last answer that was asked for says that there is more."""
    result = inspection.result(recording)
    if not result.requests or not isinstance(result.value, Answer) or result.value.status is not Status.VALID:
        return
    number = min(len(result.requests), len(recording.answers)) - 1
    parts = sum(one <= number for one in series_of(recording))
    if (said := next(_further(recording.answers[number].body, parts), None)) is not None:
        what = f"{said} says that there is more, and no further part is asked for"
        yield Nonconformity(rule=MORE_NOT_READ, place=recording.line("exchange", number, "response"), what=what)


def _further(body: bytes, parts: int) -> Iterator[str]:
    """Yield the names of what says in the last of so many parts that another one follows."""
    root = xml_of(body) if is_xml(body) else None
    members = _members(json_of(body)) if root is None else _leaves(root)
    for name, said in members:
        if (_FOLLOWS.fullmatch(name) and _is_said(said)) or (
            PAGES.fullmatch(name) and str(said).isdecimal() and int(str(said)) > parts
        ):
            yield name


def _leaves(root: etree._Element) -> Iterator[tuple[str, object]]:
    """Yield the names and texts of all elements that hold nothing else, and of all attributes."""
    for element in root.iter(etree.Element):
        if not len(element):
            yield etree.QName(element).localname, element.text or ""
        yield from ((str(name), said) for name, said in element.items())


def _members(value: object) -> Iterator[tuple[str, object]]:
    """Yield every member of every object."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield key, one
            yield from _members(one)
    elif isinstance(value, list):
        for one in value:
            yield from _members(one)


def _is_said(value: object) -> bool:
    return str(value).strip().lower() not in _NO if isinstance(value, str | int) else value not in (None, [], {})


def _says_more(key: str, said: object, answer: object) -> bool:
    """Whether a field says that the answer is not all."""
    if LINKS.fullmatch(key):
        return said not in (None, False, "", 0, [], {})
    if _ENDS.fullmatch(key):
        return said is False
    if type(said) is not int:
        return False
    if PAGES.fullmatch(key):
        return said > 1
    return COUNTS.fullmatch(key) is not None and said > max(_lengths(answer), default=said)


def _lengths(value: object) -> Iterator[int]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _lengths(one)
    elif isinstance(value, list):
        yield len(value)
        for one in value:
            yield from _lengths(one)
