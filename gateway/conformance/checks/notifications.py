"""What an authority pushes is read as strictly as an answer: a changed document is a hint, a word about a suspension counts."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from gateway.conformance.alteration import AlterationKind, alterations, truncations
from gateway.conformance.checks.fields import BODIES
from gateway.conformance.expectation import PUSHED
from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Change, SuspensionEvent

NOT_READ = rule(
    "notifications.not_strict",
    "A message that was cut short, is something else or lacks the document's number raises",
    "read it as an answer is read, and raise `UnexpectedAnswer` for what is nothing that you know",
)
OTHER_TYPE = rule(
    "notifications.other_type",
    "A changed document is of one of the manifest's types",
    "give the TARIC code under which the gateway asks about it",
)
OTHER_WORD = rule(
    "notifications.other_word",
    "A message in which something is not stated raises, or says the same word of the same goods",
    "read the case, its number, the MRN, the goods items and the word strictly: what is null or missing is never all, and never the first",
)


def check_notifications(inspection: Inspection) -> Iterator[Nonconformity]:
    """Alter every recorded message."""
    types = inspection.package.manifest.document_types
    for recording in inspection.of(PUSHED):
        pushed = inspection.result(recording).value
        for change in pushed:
            if isinstance(change, Change) and change.type not in types:
                what = f"{change.type} is none of {', '.join(types)}"
                yield Nonconformity(rule=OTHER_TYPE, place=recording.place, what=what)
        body = recording.subject.body
        spoilt = [("", one) for one in (*truncations(body, inspection.most), *BODIES) if one != body]
        spoilt += [
            (one.shown, one.body) for one in alterations(body, inspection.most) if one.kind is AlterationKind.NULLED
        ]
        for shown, one in spoilt:
            result = inspection.notified(replace(recording.subject, body=one), recording.place)
            if result.fault is not None:
                continue
            what = f"{shown or one[-40:]!r}: it makes {result.shown()} of it"
            if not shown or {x.reference for x in result.value} - {x.reference for x in pushed}:
                yield Nonconformity(rule=NOT_READ, place=recording.place, what=what)
                break
            if _words(result.value) - _words(pushed):
                yield Nonconformity(rule=OTHER_WORD, place=recording.place, what=what)
                break


def _words(pushed: Iterable[object]) -> set[tuple[object, ...]]:
    """Return what counts of each event."""
    events = (one for one in pushed if isinstance(one, SuspensionEvent))
    return {(one.reference, one.version, one.mrn, one.goods_items, one.regime, one.word) for one in events}
