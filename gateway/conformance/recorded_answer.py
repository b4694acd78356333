"""Recordings of what an authority really answers, without what identifies the gateway or a person.

What was said is cleaned, and then played to the adapter as the kit will: only if it makes the same of it is it written.
"""

import itertools
import re
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from pathlib import Path
from typing import Any

import tomli

from gateway.conformance.asked_authority import AskedAuthority
from gateway.conformance.checks.contents import contradictions, known_ends
from gateway.conformance.exchanges import AdapterProcess, KitCall
from gateway.conformance.expectation import expected_of
from gateway.conformance.inspection import CODE, Inspection, JudgedResult
from gateway.conformance.package import AdapterPackage
from gateway.conformance.pseudonyms import Pseudonyms
from gateway.conformance.question import AskedQuestion
from gateway.conformance.recorder import write_recording
from gateway.conformance.recording import (
    FOLDER,
    RecordingFault,
    occasion_of,
    read_left_out,
    read_recordings,
    read_settings,
)
from gateway.conformance.secrecy import without_short_secrets
from gateway.contract import (
    AccessRefused,
    Answer,
    Ledger,
    Occasion,
    Receipt,
    Request,
    RequestRejected,
    Response,
    Unavailable,
)
from gateway.contract.errors import Overrun
from gateway.dispatch.evidence import Redaction

_FAULTS: Mapping[type, str] = {Unavailable: "unavailable", AccessRefused: "access_refused", RequestRejected: "rejected"}
"""The name of a recording in which the authority says that it does not answer."""
_FOLLOWED = 16
"""Requests of one exchange whose message ids may come back in answers."""


class NotRecorded(Exception):
    """An answer that is not recorded; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRecording:
    """A recording that was written: its file, what it shows, and what a person has to look at."""

    file: Path
    shows: str
    replaced: tuple[tuple[str, int], ...]
    doubtful: tuple[str, ...]
    contradicted: tuple[str, ...] = ()
    """The facts of the adapter that the answer itself contradicts."""


def recording_name(question: AskedQuestion, folder: Path) -> str:
    """Return the name of a new recording: what was said, and of which document; a name that is another document's gets a number."""
    about = re.sub(r"[^a-z0-9]+", "_", question.query.reference.lower()).strip("_")[:60] or "document"
    if isinstance(question.value, Answer):
        name = f"{question.value.status.value}_{about}"
    else:
        name = (
            f"position_{about}"
            if question.method == "position" and question.value is not None
            else f"{_FAULTS.get(type(question.error), 'unexpected')}_{about}"
        )
    names = itertools.chain((name,), (f"{name}_{number}" for number in itertools.count(2)))
    return next(
        one
        for one in names
        if _recorded_of(folder / f"{one}.toml") in (None, (question.method, question.query.reference))
    )


def _recorded_of(file: Path) -> tuple[str, str] | None:
    """Return the method and the document of a recording; None: there is no such file."""
    if not file.exists():
        return None
    try:
        call = tomli.loads(file.read_text(encoding="utf-8"))["call"]
        return str(call["method"]), str(call["subject"]["reference"])
    except (OSError, ValueError, LookupError, TypeError):
        return "", ""


def record_answer(
    asked: AskedAuthority, question: AskedQuestion, name: str, folder: Path, *, about: str, over: bool
) -> WrittenRecording:
    """Write what was answered to one question as a recording in a folder; with `over` in place of an old one.

    Raises:
        NotRecorded: nothing was answered, a recording of that name exists, something would stand in it that must not, or the adapter
            makes another thing of what is left.
        OSError: the folder cannot be written.
    """
    if (folder / f"{name}.toml").exists() and not over:
        raise NotRecorded(f"{folder.name}/{name}.toml exists: --replace writes it anew")
    if not question.record.answers:
        raise NotRecorded("there is no complete answer that the adapter could read")
    if isinstance(question.error, Overrun):
        raise NotRecorded("the adapter's code came to no end with this answer: mend it first")
    at = question.at.astimezone(UTC).replace(microsecond=0)
    occasion = occasion_of(name, at)
    order = question.order
    own = () if order is None else (order.declaration.value, order.key, order.customs_office)
    pseudonyms = Pseudonyms((question.query.reference, *own))
    hidden = Redaction(asked.loaded.all_secrets)
    answers = [
        _cleaned(one, question, occasion, pseudonyms, hidden, asked.loaded.all_secrets)
        for _, one in question.record.answers
    ]
    call = KitCall(method=question.method, subject=question.argument, occasion=occasion)
    package = package_with_settings(asked)
    result = _replayed(package, call, answers)
    expect = _expectation(question, result)
    canaries = Redaction(package.secrets.values())
    if any(canaries.text(request.path) != request.path for request in result.requests):
        raise NotRecorded(
            "a secret stands in the address that is asked: addresses are logged on the way. Have the gateway send it in a header ([auth]), or "
            "put it into a header or the message; what an authority takes in addresses alone, a proxy of the operator's puts there"
        )
    pairs = [
        (_without_secrets(request, canaries), answer) for request, answer in zip(result.requests, answers, strict=False)
    ]
    with tempfile.TemporaryDirectory() as trial:
        write_recording(
            Path(trial) / FOLDER, name, about=about, method=question.method, at=at, subject=question.subject, exchanges=pairs, expect=expect, redaction=hidden,
        )  # fmt: skip
        secrets = (*asked.loaded.all_secrets, *question.record.identifying)
        try:
            (written,) = read_recordings(Path(trial) / FOLDER, secrets)
        except RecordingFault as error:
            raise NotRecorded("; ".join(error.faults)) from error
        _put(Path(trial) / FOLDER, folder, name)
    return WrittenRecording(
        file=folder / f"{name}.toml",
        shows=result.shown(),
        replaced=tuple(sorted(pseudonyms.replaced.items())),
        doubtful=tuple(pseudonyms.doubtful),
        contradicted=tuple(what for _, what in contradictions(package, written, result.value, known_ends(package))),
    )


def package_with_settings(asked: AskedAuthority) -> AdapterPackage:
    """Return the adapter's package as the kit reads it, with the made-up settings of its recordings."""
    manifest = asked.loaded.manifest
    values = {**manifest.optional_settings, **read_settings(asked.folder / FOLDER)}
    missing = {key: "kit" for key in manifest.settings if key not in values}
    return AdapterPackage(
        package=asked.package,
        folder=asked.folder,
        manifest=manifest,
        settings={**values, **missing},
        left_out=read_left_out(asked.folder / FOLDER),
    )


def _cleaned(
    response: Response,
    question: AskedQuestion,
    occasion: Occasion,
    pseudonyms: Pseudonyms,
    hidden: Redaction,
    secrets: Iterable[str],
) -> Response:
    body = hidden.body(response.body, question.record.identifying)
    body = without_short_secrets(body.decode("utf-8", "surrogateescape"), secrets).encode("utf-8", "surrogateescape")
    if (live := question.record.occasion) is not None:
        # An answer may repeat the id of the message that it answers.
        for number in range(_FOLLOWED):
            body = body.replace(live.nth(number).message_id.encode(), occasion.nth(number).message_id.encode())
    return Response(status=response.status, body=pseudonyms.body(body))


def _replayed(package: AdapterPackage, call: KitCall, answers: Sequence[Response]) -> JudgedResult:
    with AdapterProcess() as process:
        inspection = Inspection(package=package, process=process)
        if (fault := inspection.load()) is not None:
            raise NotRecorded(f"the adapter cannot be loaded as the kit loads it: {fault.place}: {fault.what}")
        (ending,) = process.replay(CODE, call, [answers])
        return inspection.judge(call, ending, FOLDER)


def _expectation(question: AskedQuestion, result: JudgedResult) -> dict[str, Any]:
    """Return what the recording expects: what the adapter made of the answer, which it has to make of the recording too."""
    value, now = question.value, result.value
    same = (
        (isinstance(value, Answer) and isinstance(now, Answer) and value.status is now.status)
        or (
            isinstance(value, Receipt)
            and isinstance(now, Receipt)
            and (value.outcome, value.refusal) == (now.outcome, now.refusal)
        )
        or (isinstance(value, Ledger) and isinstance(now, Ledger) and len(value.lines) == len(now.lines))
        or (value is None and result.fault is not None)
    )
    if not same:
        at = f" at {result.place}" if result.place else ""
        was = JudgedResult(value=value).shown() if value is not None else type(question.error).__name__
        raise NotRecorded(
            f"without what may not be recorded, and with the settings of {FOLDER}/settings.toml, the adapter makes {result.shown()}{at} "
            f"of it, and made {was} of the answer itself: write this one by hand"
        )
    return {"raises": str(result.fault)} if value is None else expected_of(now)


def _without_secrets(request: Request, canaries: Redaction) -> Request:
    # A body that holds a secret is not compared: it would be another one for everybody.
    return request if canaries.body(request.body) == Redaction().body(request.body) else replace(request, body=b"")


def _put(trial: Path, folder: Path, name: str) -> None:
    """Put the files of a recording in the place of those that it had."""
    folder.mkdir(parents=True, exist_ok=True)
    new = {file.name: file.read_bytes() for file in trial.iterdir()}
    for file, content in new.items():
        (folder / file).write_bytes(content)
    for old in _files(folder, name):
        if old.name not in new:
            old.unlink()


def _files(folder: Path, name: str) -> Iterable[Path]:
    own = re.compile(rf"{re.escape(name)}(\.\d+)?(\.request)?\.(toml|json|xml)")
    return [one for one in folder.iterdir() if own.fullmatch(one.name)]
