"""The same question is asked in the same way, by asking, and once."""

import itertools
from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.expectation import PUSHED
from gateway.conformance.inspection import Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Response

NOT_IDENTICAL = rule(
    "repeats.not_identical",
    "The same call on the same occasion makes the same requests, byte for byte: an adapter has no clock and no dice of its own",
    "take time, nonce and message id from the occasion, and keep nothing between calls",
)
OTHER_RESULT = rule(
    "repeats.other_result",
    "The same call with the same answers gives the same result, whatever was asked before",
    "keep nothing on `self` or in a module between calls",
)
NOT_ASKED = rule(
    "repeats.not_asked",
    "No answer without a request: the second question is asked as the first one was",
    "ask, always; an answer that is kept is not the authority's of today",
)
OCCASION_IGNORED = rule(
    "repeats.message_id_reused",
    "Two occasions make two messages: what the adapter sends of the occasion is each time its own",
    "take the message id of the occasion that the call is given",
)
ASKS_AGAIN = rule(
    "repeats.asks_again",
    "An adapter does not repeat a request that failed: the gateway does, within its limits, and never a movement",
    "expect only the statuses that you read, and raise `Unavailable` for what is no answer",
)

PAGE = b"<html><body>We will be back soon.</body></html>"


def check_repeats(inspection: Inspection) -> Iterator[Nonconformity]:
    """Run every recording again, and once more on another occasion."""
    recordings = [one for one in inspection.recordings if one.method != PUSHED]
    for recording in recordings:
        first = inspection.result(recording)
        if first.fault == "killed":
            continue
        # After all the others, so that what they left behind is seen.
        second = inspection.results(recording, [recording.answers, recording.answers])[-1]
        if inspection.is_given_up:
            return
        if first.fault is None and not second.requests:
            yield Nonconformity(rule=NOT_ASKED, place=recording.place, what="asked again, it answers without a request")
        elif first.requests != second.requests:
            what = "asked again on the same occasion, it makes other requests"
            yield Nonconformity(rule=NOT_IDENTICAL, place=recording.place, what=what)
        elif (first.value, first.fault) != (second.value, second.fault):
            what = f"{first.shown()} became {second.shown()} when it was asked again"
            yield Nonconformity(rule=OTHER_RESULT, place=recording.place, what=what)
        yield from _asked_again(inspection, recording)
    yield from _occasions(inspection, recordings)


def _occasions(inspection: Inspection, recordings: list[Recording]) -> Iterator[Nonconformity]:
    for recording in recordings[:3]:
        other = replace(recording, name=f"{recording.name}-again")
        for one, two in zip(
            inspection.result(recording).requests, inspection.results(other, [other.answers])[0].requests, strict=False
        ):
            message_id = recording.occasion.message_id
            if message_id in str(one) and message_id in str(two):
                what = "on another occasion it sends the message id of the first one"
                yield Nonconformity(rule=OCCASION_IGNORED, place=recording.place, what=what)


def _asked_again(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    """Answer with each error that the adapter reads itself, and see whether it sends the same request once more."""
    requests = inspection.result(recording).requests
    if not requests:
        return
    for status in sorted(one for one in requests[0].expect if one >= 400):
        page = Response(status=status, body=PAGE)
        result = inspection.results(recording, [[page] * 3], free=True)[0]
        made = [(one.method, one.path, one.body) for one in result.requests]
        if any(one == other for one, other in itertools.pairwise(made)):
            what = f"after a {status} it sends the same request again by itself"
            yield Nonconformity(rule=ASKS_AGAIN, place=recording.place, what=what)
            return
