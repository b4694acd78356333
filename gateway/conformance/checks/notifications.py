"""What an authority pushes is read as strictly as an answer, and is a hint only."""

from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.alteration import AlterationKind, alterations, truncations
from gateway.conformance.checks.fields import BODIES
from gateway.conformance.expectation import PUSHED
from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import Nonconformity, rule

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


def check_notifications(inspection: Inspection) -> Iterator[Nonconformity]:
    """Alter every recorded message."""
    types = inspection.package.manifest.document_types
    for recording in inspection.of(PUSHED):
        changes = inspection.result(recording).value
        for change in changes:
            if change.type not in types:
                what = f"{change.type} is none of {', '.join(types)}"
                yield Nonconformity(rule=OTHER_TYPE, place=recording.place, what=what)
        body = recording.subject.body
        spoilt = [("", one) for one in (*truncations(body, inspection.most), *BODIES) if one != body]
        spoilt += [
            (one.shown, one.body) for one in alterations(body, inspection.most) if one.kind is AlterationKind.NULLED
        ]
        for shown, one in spoilt:
            result = inspection.notified(replace(recording.subject, body=one), recording.place)
            if result.fault is None and (
                not shown or {x.reference for x in result.value} - {x.reference for x in changes}
            ):
                what = f"{shown or one[-40:]!r}: it makes {result.shown()} of it"
                yield Nonconformity(rule=NOT_READ, place=recording.place, what=what)
                break
