"""An authority that does not accept us, or has no time for us, through the gateway's own transport."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace

from gateway.conformance.declared_rows import line_taken, not_found_row
from gateway.conformance.inspection import CODE, Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.server import Arrived, http, scripted_server
from gateway.conformance.wire import AuthorityWire
from gateway.contract import Auth, Response
from gateway.dispatch import declarative

ACCESS = rule(
    "outages.access",
    "An authority that does not authenticate us (401) or refuses us (403) is `AccessRefused`, whatever stands in its answer",
    "do not expect 401 and 403: the gateway reads them",
)
THROTTLED = rule(
    "outages.throttled",
    "An authority that is throttled (429), down (503) or broken (500) is no answer, whatever stands in it",
    "expect 500 only where your protocol has its faults there, and believe it only if it is one; never 429 and 503; in a file leave it out of the row's `status`",
)

PAGE = b"<html><body>We will be back soon.</body></html>"
_STATUSES = {401: ACCESS, 403: ACCESS, 429: THROTTLED, 503: THROTTLED, 500: THROTTLED}


def check_outages(inspection: Inspection) -> Iterator[Nonconformity]:
    """Answer every method once with every refusal, with a page and with the recorded answer in it."""
    asked: set[str] = set()
    for recording in inspection.answered():
        if recording.method not in asked:
            asked.add(recording.method)
            yield from asyncio.run(_asked(inspection, recording))


async def _asked(inspection: Inspection, recording: Recording) -> list[Nonconformity]:
    said = [b""]
    found: list[Nonconformity] = []
    manifest = replace(inspection.package.manifest, auth=Auth())

    def script(arrived: Arrived) -> bytes:
        return said[0]

    async with scripted_server(script) as server:
        wire = AuthorityWire(inspection.process, CODE, manifest, server.url, {})
        for status, broken in _STATUSES.items():
            for body in (PAGE, recording.answers[0].body):
                if inspection.is_given_up:
                    break
                if body is not PAGE and status == recording.answers[0].status:
                    # As it is recorded: SOAP has its faults under 500.
                    continue
                said[0] = http(body, status)
                server.arrived.clear()
                result = inspection.judge(recording.call, await wire.run(recording.call), recording.place)
                if (what := _fault(broken, status, result.fault, result.shown(), len(server.arrived))) is not None:
                    is_recorded, how = _by_row(inspection, recording, Response(status=status, body=body))
                    if is_recorded:
                        continue
                    what += how
                    found.append(Nonconformity(rule=broken, place=recording.place, what=what))
                    break
        await wire.close()
    return found


def _by_row(inspection: Inspection, recording: Recording, answer: Response) -> tuple[bool, str]:
    """Return whether the row of an authority's file that takes an answer for "no such document" is recorded so; and if not, what to say there."""
    row = not_found_row(inspection.package, recording.call, [answer])
    if row is None:
        return False, ""
    recorded = {one.answers[-1].status for one in inspection.of("verify") if line_taken(inspection, one) == row.line}
    listed = recorded or {*row.condition.statuses, recording.answers[0].status}
    statuses = ", ".join(str(one) for one in sorted(listed - {answer.status}))
    place = f"{declarative.NAME}:{row.line}"
    return (
        answer.status in recorded,
        f" by the `not_found` at {place}: where your authority does not say it so, write `status = [{statuses}]` there",
    )


def _fault(broken: ConformanceRule, status: int, fault: str | None, shown: str, asked: int) -> str | None:
    if fault is None:
        return f"a {status} is taken for {shown}"
    if broken is ACCESS and fault != "AccessRefused":
        return f"a {status} becomes {shown}"
    return f"after a {status} it asks again" if asked > 1 else None
