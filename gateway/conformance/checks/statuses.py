"""Everything that the adapter can say is recorded, and each recording yields what it expects."""

from collections.abc import Iterator

from gateway.conformance.expectation import PUSHED
from gateway.conformance.inspection import READING, Inspection, JudgedResult, meets
from gateway.conformance.recording import FOLDER, Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import AdapterError, ReceiptOutcome, Request, Status
from gateway.dispatch.evidence import Redaction
from gateway.dispatch.suspension_words import is_heard
from gateway.dispatch.target import CHANGING, check, target
from gateway.sandbox.wire import OPTIONAL

NOT_RECORDED = rule(
    "statuses.not_recorded",
    "Every status that the adapter can give is reached by a recording: those of its code lists and its code, `valid` and `not_found` in any case",
    "record an answer with it in exchanges/",
)
METHOD = rule(
    "statuses.method_not_recorded",
    "Every method that the manifest's capabilities promise has a recording; of movements one that is done, and of those that can be refused one that is refused",
    "record a call of it in exchanges/",
)
NOT_REACHED = rule(
    "statuses.not_reached",
    "Each recording yields what it expects",
    "mend the adapter, or the recording if the authority says something else",
)
OTHER_REQUEST = rule(
    "statuses.other_request",
    "The adapter asks as it is recorded, request by request",
    "mend the adapter, or record the exchange anew",
)
REQUEST_REFUSED = rule(
    "statuses.request_refused",
    "The gateway sends only relative, percent-encoded paths, known methods and headers that an adapter may set; a question asks by GET, HEAD or POST",
    "mend the request that the adapter yields",
)

ROUND_TRIPS = rule(
    "statuses.round_trips",
    "An exchange makes no more requests than the manifest says: the gateway ends one that does",
    "state them in the manifest, limits.round_trips",
)

_PROMISED = {
    "verify": ("verify",),
    "quantity": ("position", "reserve", "write_off", "cancel", "force", "amend", "delete"),
    "usage": ("position", "write_off", "force", "amend", "delete"),
    "list": ("list",),
    "subscribe": ("list",),
    "notifications": (PUSHED,),
    "report": ("report", "reported"),
    "suspensions": (PUSHED,),
    "party": ("party",),
}
_MOVEMENTS = frozenset({"reserve", "write_off", "cancel", "force", "amend", "delete"})
REFUSABLE = {"quantity": "reserve", "usage": "write_off"}
"""The movement that an authority can refuse, by the capability."""


def check_statuses(inspection: Inspection) -> Iterator[Nonconformity]:
    """Check that all is recorded, and that each recording is reached."""
    yield from _missing(inspection)
    for recording in inspection.recordings:
        result = inspection.result(recording)
        if result.fault == "killed":
            continue  # that is told by itself
        if not meets(recording.expect, result):
            yield _not_reached(recording, result)
        if recording.method != PUSHED:
            yield from _requests(recording, result)
            if len(result.requests) > (most := inspection.package.manifest.limits.round_trips):
                what = f"{len(result.requests)} requests, and limits.round_trips is {most}"
                yield Nonconformity(rule=ROUND_TRIPS, place=recording.place, what=what)


def _missing(inspection: Inspection) -> Iterator[Nonconformity]:
    manifest = inspection.package.manifest
    reached = {one.expect.status for one in inspection.recordings if one.method == "verify"}
    about_documents = ("verify",) if manifest.document_types else ()
    needed = inspection.package.statuses | {Status.VALID, Status.NOT_FOUND} if about_documents else set()
    for status in sorted(needed - reached):
        yield Nonconformity(rule=NOT_RECORDED, place=FOLDER, what=f"no recording expects {status.value}")
    promised = dict.fromkeys(
        method for name in (*about_documents, *sorted(manifest.capabilities)) for method in _PROMISED[name]
    )
    if not manifest.position:
        promised.pop("position", None)
    if is_heard(manifest):
        # What it need not have is recorded where it has it.
        promised |= dict.fromkeys(name for name in OPTIONAL if inspection.package.defines(name))
    for method in promised:
        of_it = [one for one in inspection.recordings if one.method == method]
        if not of_it:
            yield Nonconformity(rule=METHOD, place=FOLDER, what=f"no recording of {method}")
        elif method in _MOVEMENTS and not any(one.expect.outcome is ReceiptOutcome.DONE for one in of_it):
            yield Nonconformity(rule=METHOD, place=FOLDER, what=f"no recording of a {method} that is done")
    for capability, method in REFUSABLE.items():
        refused = [one for one in inspection.recordings if one.method == method and one.expect.refusal is not None]
        if capability in manifest.capabilities and not refused:
            yield Nonconformity(rule=METHOD, place=FOLDER, what=f"no recording of a {method} that is refused")


def _not_reached(recording: Recording, result: JudgedResult) -> Nonconformity:
    expect = recording.expect
    wanted = expect.raises or expect.status or expect.outcome or "what is recorded"
    at = f" at {result.place}" if result.place else ""
    return Nonconformity(
        rule=NOT_REACHED, place=recording.line("expect"), what=f"it expects {wanted} and gets {result.shown()}{at}"
    )


def _requests(recording: Recording, result: JudgedResult) -> Iterator[Nonconformity]:
    redaction = Redaction()
    for number, request in enumerate(result.requests):
        place = recording.line("exchange", number)
        if (fault := unsendable(request, reads=recording.method in READING)) is not None:
            yield Nonconformity(rule=REQUEST_REFUSED, place=place, what=fault)
            return
        if number >= len(recording.exchanges):
            return
        wanted = recording.exchanges[number][0]
        if (request.method, request.path) != (wanted.method, wanted.path):
            what = f"recorded {wanted.method} {wanted.path}, asked {request.method} {request.path}"
            yield Nonconformity(rule=OTHER_REQUEST, place=place, what=what)
            return
        if wanted.body is not None and redaction.body(request.body).strip() != wanted.body.strip():
            yield Nonconformity(rule=OTHER_REQUEST, place=place, what="it has another body than is recorded")
    if result.fault is None and len(result.requests) < len(recording.exchanges):
        yield Nonconformity(
            rule=OTHER_REQUEST,
            place=recording.line("exchange", len(result.requests)),
            what=f"{len(recording.exchanges)} requests are recorded, {len(result.requests)} were made",
        )


def unsendable(request: object, *, reads: bool) -> str | None:
    """Return why the gateway would not send what an adapter yielded; None if it would."""
    try:
        target("", check(request).path)
    except AdapterError as error:
        return str(error)
    if reads and type(request) is Request and (request.moves is True or request.method in CHANGING):
        return f"it wants to change something by {request.method} while it reads"
    return None
