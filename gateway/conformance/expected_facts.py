"""The facts that recordings expect, written from what the adapter makes of them: for a person to read against the answers."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import tomli

from gateway.conformance.checks.contents import contradictions, known_ends
from gateway.conformance.exchanges import AdapterProcess
from gateway.conformance.expectation import differences, expected_of
from gateway.conformance.inspection import Inspection, meets
from gateway.conformance.package import AdapterPackage
from gateway.conformance.recorder import expected_text
from gateway.conformance.recording import Recording


class NotLoaded(Exception):
    """The adapter cannot be loaded as the kit loads it; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFacts:
    """The outcome of one recording."""

    recording: Recording
    written: bool = False
    why_not: str | None = None
    """The reason why nothing was written; None: it was, or there was nothing to write."""
    contradicted: tuple[str, ...] = ()
    """The facts that the answer itself contradicts, of those written or there before."""


def write_facts(package: AdapterPackage, *, over: bool) -> Iterator[ExpectedFacts]:
    """Write into each recording the facts that the adapter makes of it; with `over` also in the place of those that it has.

    Raises:
        NotLoaded: the adapter cannot be loaded.
        OSError: a recording cannot be written.
    """
    with AdapterProcess() as process:
        inspection = Inspection(package=package, process=process)
        if (fault := inspection.load()) is not None:
            raise NotLoaded(f"{fault.place}: {fault.what}")
        for recording in package.recordings:
            if recording.expect.raises is None:
                yield _written(inspection, recording, over=over)


def _written(inspection: Inspection, recording: Recording, *, over: bool) -> ExpectedFacts:
    result = inspection.result(recording)
    if result.fault is not None or not meets(recording.expect, result):
        return ExpectedFacts(
            recording=recording, why_not=f"the adapter makes {result.shown()} of it, which it does not expect"
        )
    expect = expected_of(result.value)
    contradicted = tuple(
        what for _, what in contradictions(inspection.package, recording, result.value, known_ends(inspection.package))
    )
    if recording.expect.holds_facts:
        if not (found := [str(one) for one in differences(recording.expect.value, result.value)]):
            return ExpectedFacts(recording=recording, contradicted=contradicted)
        if not over:
            why = f"it expects other facts: {found[0]}; --replace writes those of the adapter"
            return ExpectedFacts(recording=recording, why_not=why)
    text = recording.file.read_text(encoding="utf-8")
    new = with_expected(text, expect)
    if new is None:
        return ExpectedFacts(recording=recording, why_not="its [expect] is not found: write it by hand")
    recording.file.write_text(new, encoding="utf-8")
    return ExpectedFacts(recording=recording, written=new != text, contradicted=contradicted)


def with_expected(text: str, expect: Mapping[str, Any]) -> str | None:
    """Return the text of a recording with another table of what is expected; None: its own is not found."""
    lines = text.splitlines(keepends=True)
    for begin in reversed([place for place, line in enumerate(lines) if re.match(r"\[expect\]", line)]):
        rest = range(begin + 1, len(lines))
        end = next((one for one in rest if re.match(r"\[(?!expect\.)\S", lines[one])), len(lines))
        after = "".join(lines[end:])
        new = "".join(lines[:begin]) + expected_text(expect) + (f"\n{after}" if after else "")
        # A line that looks like the head of a table may stand in a body.
        if (
            _without_expect(new) == _without_expect(text)
            and _read(new).get("expect") == _read(expected_text(expect))["expect"]
        ):
            return new
    return None


def _read(text: str) -> dict[str, Any]:
    try:
        return tomli.loads(text)
    except tomli.TOMLDecodeError:
        return {}


def _without_expect(text: str) -> dict[str, Any]:
    return {key: one for key, one in _read(text).items() if key != "expect"}
