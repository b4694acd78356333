"""The same question is asked in the same way, by asking, and once."""

import itertools
import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from gateway.conformance.expectation import PUSHED
from gateway.conformance.inspection import READING, Inspection, JudgedResult
from gateway.conformance.members import written_value
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.values import answer_values
from gateway.contract import Occasion, Request, Response, Status

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
    "Two occasions make two messages: the message id, nonce and moment that a request sends are its own occasion's, and no former one's",
    "take them of the occasion that the call is given, `occasion.nth(n)` for a further request, and keep none of them",
)
ASKS_AGAIN = rule(
    "repeats.asks_again",
    "An adapter does not repeat a request that failed: the gateway does, within its limits, and never a movement",
    "expect only the statuses that you read, and raise `Unavailable` for what is no answer",
)

LATER = timedelta(hours=31, minutes=7, seconds=11)
"""The time by which the other occasion is later."""
MANY = 250
"""The number of times that the same question is asked."""
_ID = re.compile(r"(?:x-)?(?:message|request|correlation|trace)[-_]?id", re.IGNORECASE)
"""The names of a message's own id."""
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
        else:
            yield from _by_a_new_one(inspection, recording, second)
        yield from _asked_again(inspection, recording)
    yield from _occasions(inspection, recordings)
    yield from _many_times(inspection, recordings)


def _occasions(inspection: Inspection, recordings: list[Recording]) -> Iterator[Nonconformity]:
    """Make each call on another occasion, and look for what is not of this one in what it sends."""
    for recording in recordings:
        first = inspection.result(recording).requests
        later = replace(recording, name=f"{recording.name}-later", at=recording.at + LATER)
        (second,) = inspection.results(later, [later.answers], free=True)
        if inspection.is_given_up:
            return
        others = [one.occasion for one in recordings]
        what = _foreign(second.requests, others, recording) or _of_the_first(second.requests, later.occasion)
        if what is None and recording.method in READING:
            what = _constant(first, second.requests)
        if what is not None:
            yield Nonconformity(rule=OCCASION_IGNORED, place=recording.place, what=what)


def _foreign(requests: Sequence[Any], occasions: Sequence[Occasion], recording: Recording) -> str | None:
    """Return what requests send of other occasions."""
    asked = said_by(recording.subject)
    for number, request in enumerate(requests, start=1):
        text = _said(request)
        for occasion in occasions:
            for name, traces in _traces(occasion, len(requests)).items():
                if any(one in text and one not in asked for one in traces):
                    return f"on another occasion its request {number} sends the {name} of a former one"
    return None


def _of_the_first(requests: Sequence[Any], occasion: Occasion) -> str | None:
    for number, request in enumerate(requests[1:], start=1):
        text = _said(request)
        if occasion.message_id in text and occasion.nth(number).message_id not in text:
            return (
                f"its request {number + 1} sends the message id of the first one: `occasion.nth({number})` has its own"
            )
    return None


def _constant(first: Sequence[Any], second: Sequence[Any]) -> str | None:
    """Return the name of what calls itself a message's id, and is the same on two occasions."""
    for one, two in zip(first, second, strict=False):
        ids = _ids(one)
        for name, value in _ids(two).items():
            if value and ids.get(name) == value:
                return f"{name} is {value[:60]!r} on every occasion"
    return None


def _ids(request: Any) -> dict[str, str]:
    if type(request) is not Request:
        return {}
    named = {
        **request.headers,
        **{one.shape[-1].rpartition("}")[2].lstrip("@"): one.text for one in answer_values(request.body)},
    }
    return {name: value for name, value in named.items() if _ID.fullmatch(name)}


def _traces(occasion: Occasion, requests: int) -> Mapping[str, Sequence[str]]:
    """Return how an occasion may be written in a request."""
    each = [occasion.nth(number) for number in range(max(requests, 1))]
    at = occasion.at
    return {
        "message id": [one.message_id for one in each],
        "nonce": [
            text
            for one in each
            for text in (one.nonce.hex(), b64encode(one.nonce).decode(), urlsafe_b64encode(one.nonce).decode())
        ],
        "moment": [
            at.strftime("%Y-%m-%dT%H:%M:%S"),
            at.strftime("%Y%m%dT%H%M%S"),
            at.strftime("%a, %d %b %Y %H:%M:%S"),
            str(int(at.timestamp())),
        ],
    }


def _said(request: Any) -> str:
    if type(request) is not Request:
        return str(request)
    return "\n".join((request.path, *request.headers.values(), request.body.decode("latin-1")))


def said_by(subject: Any) -> str:
    """Return the texts of a call's subject, with its moments as requests write them."""
    return json.dumps(
        written_value(subject), default=lambda one: one.isoformat() if isinstance(one, date) else str(one)
    )


def _by_a_new_one(inspection: Inspection, recording: Recording, used: JudgedResult) -> Iterator[Nonconformity]:
    """Make the call by an adapter object that nobody has asked yet."""
    fresh = inspection.fresh(recording)
    if fresh.fault == "killed" or used.fault == "killed":
        return
    if fresh.requests != used.requests:
        what = "a new adapter object makes other requests than one that was asked before"
        yield Nonconformity(rule=NOT_IDENTICAL, place=recording.place, what=what)
    elif (fresh.value, fresh.fault) != (used.value, used.fault):
        what = f"a new adapter object says {fresh.shown()}, and one that was asked before {used.shown()}"
        yield Nonconformity(rule=OTHER_RESULT, place=recording.place, what=what)


def _many_times(inspection: Inspection, recordings: Sequence[Recording]) -> Iterator[Nonconformity]:
    """Make a call of each method that reads over and over; a question about a document that is there and does not hold, if one is recorded."""
    by_method: dict[str, Recording] = {}
    for recording in sorted(recordings, key=lambda one: one.expect.status in {Status.VALID, Status.NOT_FOUND}):
        if recording.method in READING and recording.expect.raises is None and not inspection.result(recording).fault:
            by_method.setdefault(recording.method, recording)
    for recording in by_method.values():
        first = inspection.result(recording)
        for number, result in enumerate(inspection.results(recording, [recording.answers] * MANY), start=1):
            if (result.value, result.fault) != (first.value, first.fault):
                what = f"asked the same for the {number}th time it says {result.shown()}, and before {first.shown()}"
                yield Nonconformity(rule=OTHER_RESULT, place=recording.place, what=what)
                break


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
