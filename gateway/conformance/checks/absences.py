"""That a document is not known is what the authority says of that very document: no proxy says so, and no later part of an answer."""

from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.alteration import with_texts
from gateway.conformance.checks.fields import rows_with
from gateway.conformance.checks.pages import is_paged, series_of
from gateway.conformance.inspection import Inspection, JudgedResult
from gateway.conformance.leaves import AnswerLeaf, answer_leaves, with_leaves
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Answer, Response, Status

ANY_404 = rule(
    "absences.any_404",
    "A 404 that is a proxy's page, or another error of the authority's, is no answer: `not found` is a code of it that you know, or names the document",
    "look in the body for what the authority says then, and for the number (`Record.text(name, CODE)`, `Record.same`)",
)
LATER_PART = rule(
    "absences.later_part",
    "Where the first part of an answer is there, a later one that is not known is no answer",
    "raise where a part that the authority announced is not there",
)

BODIES = (
    b"<!DOCTYPE html><html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>",
    b"<html><head><title>404 Not Found</title></head><body><hr/><center>nginx</center></body></html>",
    b'{"message": "no Route matched with those values"}',
    b'{"timestamp": "2026-03-02T09:12:00.000+00:00", "status": 404, "error": "Not Found", "message": "No message available", "path": "/"}',
    b'{"type": "about:blank", "title": "Not Found", "status": 404, "detail": "No static resource."}',
    b'{"code": 404, "message": "Not Found"}',
    b'{"code": "404", "error": {"code": "NoSuchRoute", "message": "Not Found"}, "errors": [{"code": "ROUTE_NOT_FOUND", "message": "Not Found"}]}',
    b'{"fault": {"faultstring": "Unable to identify proxy", "detail": {"errorcode": "messaging.adaptors.http.flow.ApplicationNotFound"}}}',
    b'{"error": "invalid_path", "error_description": "no such resource", "result": null, "data": null}',
    b"<Error><Code>NoSuchKey</Code><Message>Not Found</Message></Error>",
    b"Not Found",
)
"""The answers of servers, proxies and API gateways of several makes for an address that they do not know."""
NOT_FOUND = 404
_NOBODYS = "UNHEARD_OF"


def check_absences(inspection: Inspection) -> Iterator[Nonconformity]:
    """Answer with every 404 that is not the authority's own about the document, and with its own in the place of a later part."""
    unknown = [one for one in inspection.of("verify") if one.expect.status is Status.NOT_FOUND]
    for recording in inspection.of("verify", "position"):
        yield from _proxies(inspection, recording)
        series = series_of(recording)
        if len(series) > 1 and is_paged(recording, series[0]):
            yield from _later(inspection, recording, series, unknown)
    for recording in unknown:
        yield from _other_errors(inspection, recording)


def _reads_404(inspection: Inspection, recording: Recording, number: int) -> bool:
    """Whether a 404 gets to the adapter there: where it is not expected, it is no answer by itself."""
    requests = inspection.result(recording).requests
    return number < len(requests) and NOT_FOUND in requests[number].expect


def _proxies(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    for number in range(len(recording.answers)):
        if not _reads_404(inspection, recording, number):
            continue
        rows = [
            [replace(one, status=NOT_FOUND) if place == number else one for place, one in enumerate(row)]
            for row in rows_with(recording, number, BODIES)
        ]
        # What is asked after a 404 is answered by the same.
        results = inspection.results(recording, [[*row[: number + 1], *[row[number]] * 3] for row in rows], free=True)
        for body, result in zip(BODIES, results, strict=True):
            if result.fault is None:
                what = f"of a 404 with {body[:60].decode()!r} it makes {result.shown()}"
                yield Nonconformity(rule=ANY_404, place=recording.line("exchange", number, "response"), what=what)
                return


def _other_errors(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    """Say another error with the same members: of each text, the document's number too, another one."""
    if recording.answers[-1].status != NOT_FOUND or not _reads_404(inspection, recording, len(recording.answers) - 1):
        return

    def other(leaf: AnswerLeaf) -> str | None:
        return None if leaf.is_number else _NOBODYS

    bodies = [with_leaves(one.body, other) for one in recording.answers]
    row = [
        one if body is None or one.status != NOT_FOUND else replace(one, body=body)
        for one, body in zip(recording.answers, bodies, strict=True)
    ]
    (result,) = inspection.results(recording, [row], free=True)
    if result.fault is None and bodies[-1] is not None:
        what = f"of a 404 that says {_NOBODYS} wherever it said something it makes {result.shown()}"
        yield Nonconformity(rule=ANY_404, place=recording.place, what=what)


def _later(
    inspection: Inspection, recording: Recording, series: list[int], unknown: list[Recording]
) -> Iterator[Nonconformity]:
    reference = recording.reference or ""
    for number in series[1:]:
        said = [Response(status=NOT_FOUND, body=body) for body in (b"", recording.answers[number].body, *BODIES)]
        said += [
            replace(answer, body=_about(answer.body, str(one.reference), reference, recording, number))
            for one in unknown
            for answer in one.answers
        ]
        may = [one for one in said if one.status < 400 or _reads_404(inspection, recording, number)]
        rows = [[*recording.answers[:number], one, *recording.answers[number + 1 :]] for one in may]
        for one, result in zip(may, inspection.results(recording, rows, free=True) if rows else [], strict=True):
            if result.fault is None and _says_unknown(result):
                what = f"of a {one.status} in the place of a later part it makes {result.shown()}"
                yield Nonconformity(rule=LATER_PART, place=recording.line("exchange", number, "response"), what=what)
                return


def _says_unknown(result: JudgedResult) -> bool:
    return not isinstance(result.value, Answer) or result.value.status in {Status.NOT_FOUND, Status.VALID}


def _about(body: bytes, unknown: str, reference: str, recording: Recording, number: int) -> bytes:
    """Return what is said of an unknown document as it would be said of this one, in the place of that part."""
    named = with_texts(body, lambda text: reference if text == unknown else None) or body
    recorded = {one.shown: one for one in answer_leaves(recording.answers[number].body) if one.is_number}
    return with_leaves(named, lambda one: recorded[one.shown].text if one.shown in recorded else None) or named
