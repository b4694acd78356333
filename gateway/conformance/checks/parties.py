"""The holder of an authorisation is the one whom the authority states where it lists it, and never the operator that was asked about.

Trust follows of an authorisation whose holder has the number that was asked about. So each recorded answer is played as it is, with one row
of each of its lists alone, and with another number or a name in the place of that number, an answer at a time.
"""

from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.alteration import with_texts
from gateway.conformance.answer_lists import answer_lists
from gateway.conformance.checks.documents import another
from gateway.conformance.checks.fields import is_alike, rows_with
from gateway.conformance.checks.restrictions import another_operator
from gateway.conformance.inspection import Inspection
from gateway.conformance.leaves import AnswerLeaf, answer_leaves, is_at, with_leaves
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Response
from gateway.dispatch.parties import CAPABILITY, as_stated

NOT_STATED = rule(
    "parties.holder_not_stated",
    "A holder is reported only where the answer that lists the authorisation states the holder's number: where it states another one, or a name alone, it is another holder, or none",
    "report as `holder` the number that stands with the authorisation, never the query's; where there is none, leave it out: it is a hint",
)
UNREAD = rule(
    "parties.holder_unread",
    "Another operator's number in an answer becomes another holder, or raises",
    "read the number that stands with each authorisation; one that says nothing of a holder is named in exchanges/settings.toml, [left_out], with the reason",
)

NAME = "Quebec Neuf SARL"
"""What no number is."""


def check_parties(inspection: Inspection) -> Iterator[Nonconformity]:
    """Play answers about operators in which the holder is another one, or is not stated."""
    for recording in inspection.of(CAPABILITY):
        yield from _not_stated(inspection, recording)
        yield from _unread(inspection, recording)


def _not_stated(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    played = [("as it is recorded", list(recording.answers)), *_played(recording)]
    results = inspection.results(recording, [row for _, row in played], free=True)
    for (shown, row), result in zip(played, results, strict=True):
        if result.fault is None and as_stated(result.value, [one.body for one in row]) != result.value:
            what = f"{shown}, the answer that lists an authorisation does not state the holder that is reported"
            yield Nonconformity(rule=NOT_STATED, place=recording.place, what=what)
            return


def _played(recording: Recording) -> Iterator[tuple[str, list[Response]]]:
    """Yield recorded answers with one of them changed, and how."""
    asked = recording.subject.number
    for number, answer in enumerate(recording.answers):
        for one in answer_lists(answer.body):
            for row in rows_with(recording, number, one.alone):
                yield f"with one row of {one.shown} alone", row
        for other in (another(asked), NAME):
            body = with_texts(answer.body, lambda text, other=other: other if text == asked else None)  # type: ignore[misc]
            if body is not None:
                (row,) = rows_with(recording, number, [body])
                yield f"with {other} in the place of {asked}", row


def _unread(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    recorded = inspection.result(recording)
    leaves = {(leaf.shown, leaf.text): leaf for answer in recording.answers for leaf in answer_leaves(answer.body)}
    for leaf in leaves.values():
        other = another(leaf.text) if leaf.text == recording.subject.number else another_operator(leaf)
        if other is None or is_at(leaf.shown, inspection.package.left_out):
            continue
        (result,) = inspection.results(recording, [_with(recording, leaf, other)], free=True)
        if is_alike(recorded, result):
            what = f"{leaf.shown}: {other} in the place of {leaf.text} changes nothing"
            yield Nonconformity(rule=UNREAD, place=recording.place, what=what)


def _with(recording: Recording, leaf: AnswerLeaf, other: str) -> list[Response]:
    """Return the recorded answers with another number wherever that place says the same."""

    def change(one: AnswerLeaf) -> str | None:
        return other if (one.shown, one.text) == (leaf.shown, leaf.text) else None

    bodies = [with_leaves(answer.body, change) for answer in recording.answers]
    return [
        answer if body is None else replace(answer, body=body)
        for answer, body in zip(recording.answers, bodies, strict=True)
    ]
