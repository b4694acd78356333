"""The authority itself, over HTTP: it says what is recorded, and nothing that it does wrong is taken for an answer."""

import asyncio
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from gateway.conformance.exchanges import KitCall
from gateway.conformance.inspection import Inspection, JudgedResult, meets
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.simulated import SimulatedAuthority
from gateway.conformance.wire import AuthorityWire
from gateway.contract import Occasion, Response, Status

OTHER_ANSWER = rule(
    "authority.other_answer",
    "The simulator says what is recorded, when it is asked the same",
    "mend the simulator, or record the exchange anew",
)
BELIEVED = rule(
    "authority.fault_believed",
    "An authority that fails on the wire is no answer",
    "raise for what is not the whole answer that you know",
)
NOT_ACCESS = rule(
    "authority.unauthorised",
    "Credentials that the authority does not accept are `AccessRefused`, in its own protocol too",
    "raise `AccessRefused` for what the authority says then",
)
NOT_REACHED = rule(
    "authority.not_reached",
    "The authority at the base URL answers",
    "look at the URL, the credentials and the simulator",
)

FAULTS = (
    "down", "error", "html", "empty", "half", "truncated", "garbage", "refuse_connection", "unauthorised", "unknown_status",
    "soap_fault",
)  # fmt: skip
WIRE = "wire"
"""The name under which the adapter is constructed with what its authority accepts."""


class AuthorityInUse:
    """The authority as checks use it: calls on occasions of now, judged."""

    def __init__(self, inspection: Inspection, authority: SimulatedAuthority) -> None:
        self.inspection, self.authority = inspection, authority
        package = inspection.package
        module, cls = package.entry
        own = {name: authority.credentials.get(name, value) for name, value in package.secrets.items()}
        inspection.process.load(
            WIRE,
            module=module,
            cls=cls,
            values=package.values,
            secrets=own,
            identity=package.identity,
            contract=package.contract,
        )

    async def __aenter__(self) -> "AuthorityInUse":
        """Open the way to the authority."""
        manifest = self.inspection.package.manifest
        self._wire = AuthorityWire(
            self.inspection.process, WIRE, manifest, self.authority.url, self.authority.credentials
        )
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close it."""
        await self._wire.close()

    @property
    def answers(self) -> list[Response]:
        """The authority's answers in the last call."""
        return self._wire.answers

    async def call(self, method: str, subject: Any) -> JudgedResult:
        """Make a call now."""
        if self.inspection.is_given_up:
            return JudgedResult(fault="killed", why="not run: it was ended before")
        occasion = Occasion(at=datetime.now(UTC), nonce=secrets.token_bytes(16), message_id=secrets.token_hex(16))
        call = KitCall(method=method, subject=subject, occasion=occasion)
        return self.inspection.judge(call, await self._wire.run(call), f"{method} over HTTP")


def check_authority(inspection: Inspection) -> Iterator[Nonconformity]:
    """Ask the authority what was recorded, and let it fail."""
    yield from asyncio.run(_asked(inspection))


async def _asked(inspection: Inspection) -> list[Nonconformity]:
    found: list[Nonconformity] = []
    authority = inspection.authority
    assert authority is not None
    questions = [one for one in inspection.answered() if one.method == "verify"]
    async with AuthorityInUse(inspection, authority) as use:
        for recording in questions if authority.controlled else questions[:1]:
            result = await use.call("verify", recording.subject)
            if result.fault is not None:
                what = f"{recording.reference}: {result.shown()}"
                found.append(Nonconformity(rule=NOT_REACHED, place=recording.place, what=what))
                break
            if (
                authority.controlled
                and getattr(result.value, "status", None) is Status.NOT_FOUND is not recording.expect.status
            ):
                use.inspection.remarks.append(f"{recording.place}: the simulator does not know {recording.reference}")
            elif authority.controlled and not meets(recording.expect, result):
                what = f"it says {result.shown()} now, and {recording.expect.status} is recorded"
                found.append(Nonconformity(rule=OTHER_ANSWER, place=recording.place, what=what))
        about_one = [one for one in questions if one.expect.status is not Status.NOT_FOUND]
        if authority.controlled and about_one and not found:
            found += await _failing(use, about_one[0])
    return found


async def _failing(use: AuthorityInUse, recording: Recording) -> list[Nonconformity]:
    found = []
    for fault in FAULTS:
        use.authority.reset()
        if not use.authority.fail(fault):
            continue
        result = await use.call("verify", recording.subject)
        place = f"simulator, fault {fault}"
        if result.fault is None:
            found.append(Nonconformity(rule=BELIEVED, place=place, what=f"it makes {result.shown()} of it"))
        elif fault == "unauthorised" and result.fault != "AccessRefused":
            found.append(Nonconformity(rule=NOT_ACCESS, place=place, what=f"it becomes {result.shown()}"))
    use.authority.reset()
    return found
