"""The ASGI frame around a simulator: latency, faults and the control endpoints."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from starlette.types import Message, Receive, Scope, Send

from adapters.simulation.documents import Documents
from adapters.simulation.faults import (
    CHUNK,
    FAULT,
    GARBAGE,
    HUGE_BYTES,
    LATE_S,
    PAGE,
    TRANSPORT,
    Fault,
    Faults,
    Planned,
    gzip_bomb,
    reset_connection,
)
from adapters.simulation.simulator import Simulator

CONTROL = "/_simulator"
AS_IT_IS = frozenset({Fault.UNKNOWN_STATUS, Fault.UNAUTHORISED})


class Frame:
    """Serves one simulator with latency and faults, and is controlled below `/_simulator`.

    - `GET /_simulator`: name, credentials, latency, faults, requests and look-ups per reference so far;
    - `GET /_simulator/documents`, `PUT` (keys to set, as JSON) and `DELETE /_simulator/documents/{reference}`;
    - `POST /_simulator/faults` `{"fault": "down" | null, "reference": "..." | null, "count": 3 | null, "seconds": 60}`;
    - `PUT /_simulator/latency` `{"seconds": 0.05}`;
    - `POST /_simulator/reset`: documents, faults, counts and the simulator's own state as at the start, latency kept.
    """

    def __init__(self, simulator: Simulator, *, latency_s: float = 0.0, fault: Fault | None = None) -> None:
        self.simulator = simulator
        self.latency_s = latency_s
        self.faults = Faults()
        self.documents = Documents(simulator.documents, generated=simulator.generated)
        self.requests = 0
        self._app = simulator.build(self.documents)
        if fault is not None:
            self.plan(Planned(fault=fault))

    def plan(self, planned: Planned) -> None:
        """Sets a fault.

        Raises:
            ValueError: the simulator does not know how to show it.
        """
        if planned.fault is Fault.UNKNOWN_STATUS and planned.fault not in self.simulator.own_faults:
            raise ValueError(f"the simulator {self.simulator.name} has no unknown status to show")
        self.faults.plan(planned)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path == CONTROL or path.startswith(CONTROL + "/"):
            await self._control(scope, receive, send)
            return
        self.requests += 1
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if not self.faults.planned:
            await self._app(scope, receive, send)
            return
        body = await _body(receive)
        target = unquote_to_bytes(scope.get("raw_path", path.encode()) + b"?" + scope["query_string"])
        planned = self.faults.strike(target, body)
        replay = _replay(body, receive)
        if planned is None:
            await self._app(scope, replay, send)
        else:
            await self._fail(planned, scope, replay, send)

    async def _fail(self, planned: Planned, scope: Scope, receive: Receive, send: Send) -> None:
        match planned.fault:
            case Fault.DOWN:
                await _answer(send, 503, b"Service Unavailable", b"text/plain")
            case Fault.UNAUTHORISED if planned.fault not in self.simulator.own_faults:
                await _answer(send, 401, b"Unauthorized", b"text/plain")
            case Fault.UNAUTHORISED | Fault.UNKNOWN_STATUS:
                scope["extensions"] = {**scope.get("extensions", {}), FAULT: planned.fault}
                await self._app(scope, receive, send)
            case Fault.HTML:
                await _answer(send, 200, PAGE, b"text/html; charset=utf-8")
            case Fault.EMPTY:
                await _answer(send, 200, b"", b"text/plain")
            case Fault.LATE:
                if not await _gone(receive, planned.seconds):
                    await self._app(scope, receive, send)
            case Fault.HUGE:
                await _huge(send)
            case Fault.GZIP_BOMB:
                await _answer(send, 200, gzip_bomb(), b"text/xml", (b"content-encoding", b"gzip"))
            case Fault.REFUSE_CONNECTION:
                reset_connection(scope["extensions"][TRANSPORT])
                await _gone(receive, None)
            case Fault.GARBAGE:
                transport = scope["extensions"][TRANSPORT]
                transport.write(GARBAGE)
                transport.close()
                await _gone(receive, None)
            case Fault.HALF | Fault.TRUNCATED | Fault.DRIP:
                status, headers, answer = await _captured(self._app, scope, receive)
                headers = [(name, value) for name, value in headers if name.lower() != b"content-length"]
                whole = answer[: len(answer) // 2] if planned.fault is Fault.TRUNCATED else answer
                await send(
                    {"type": "http.response.start", "status": status, "headers": [*headers, _length(len(whole))]}
                )
                await _body_with(planned.fault, whole, scope, receive, send)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            raw = await _body(receive)
            given: dict[str, Any] = json.loads(raw) if raw else {}
            answer = self._obey(scope["method"], scope.get("raw_path", scope["path"].encode()).decode("ascii"), given)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            await _json(send, 422, {"detail": f"{type(error).__name__}: {error}"})
            return
        await (_json(send, 404, {"detail": "no such control"}) if answer is None else _json(send, 200, answer))

    def _obey(self, method: str, path: str, given: dict[str, Any]) -> dict[str, Any] | None:
        what, _, rest = path.removeprefix(CONTROL).lstrip("/").partition("/")
        reference = unquote(rest)
        match method, what:
            case "GET", "":
                return self._state()
            case "GET", "documents":
                return {key: {k: str(v) for k, v in one.items()} for key, one in self.documents.held().items()}
            case "PUT", "documents" if reference:
                self.documents.put(reference, given)
            case "DELETE", "documents" if reference:
                self.documents.remove(reference)
            case "POST", "faults":
                if given.get("fault") is None:
                    self.faults.lift(given.get("reference"))
                else:
                    self.plan(
                        Planned(
                            fault=Fault(given["fault"]),
                            reference=given.get("reference"),
                            count=given.get("count"),
                            seconds=float(given.get("seconds", LATE_S)),
                        )
                    )
            case "PUT", "latency":
                self.latency_s = float(given["seconds"])
            case "POST", "reset":
                self.documents.reset()
                self.faults.clear()
                self.requests = 0
                self._app = self.simulator.build(self.documents)
            case _:
                return None
        return self._state()

    def _state(self) -> dict[str, Any]:
        return {
            "name": self.simulator.name,
            "title": self.simulator.title,
            "credentials": dict(self.simulator.credentials),
            "latency_s": self.latency_s,
            "faults": [
                {"fault": one.fault, "reference": one.reference, "count": one.count} for one in self.faults.planned
            ],
            "requests": self.requests,
            "asked": self.documents.asked,
        }


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    read = False

    async def again() -> Message:
        nonlocal read
        if read:
            return await receive()
        read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


async def _gone(receive: Receive, seconds: float | None) -> bool:
    """Waits until the caller has hung up, `seconds` at most; says whether it has."""
    try:
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _captured(
    app: Callable[..., Any], scope: Scope, receive: Receive
) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
    status, headers, parts = 500, [], []

    async def keep(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", []))
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return status, headers, b"".join(parts)


async def _body_with(fault: Fault, whole: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    if fault is Fault.HALF:
        await send({"type": "http.response.body", "body": whole[: len(whole) // 2], "more_body": True})
        scope["extensions"][TRANSPORT].close()
        await _gone(receive, None)
        return
    if fault is Fault.DRIP:
        for place in range(len(whole)):
            await send({"type": "http.response.body", "body": whole[place : place + 1], "more_body": True})
            if await _gone(receive, 1.0):
                return
        whole = b""
    await send({"type": "http.response.body", "body": whole, "more_body": False})


async def _huge(send: Send) -> None:
    headers = [(b"content-type", b"text/xml"), _length(HUGE_BYTES)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for sent in range(0, HUGE_BYTES, CHUNK):
        part = b" " * min(CHUNK, HUGE_BYTES - sent)
        await send({"type": "http.response.body", "body": part, "more_body": sent + CHUNK < HUGE_BYTES})


async def _answer(send: Send, status: int, body: bytes, kind: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", kind), _length(len(body)), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _json(send: Send, status: int, value: dict[str, Any]) -> None:
    await _answer(send, status, json.dumps(value).encode(), b"application/json")


def _length(size: int) -> tuple[bytes, bytes]:
    return b"content-length", str(size).encode()
