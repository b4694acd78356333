"""The ASGI frame around a simulator: latency, faults, holds and the control endpoints."""

import asyncio
import json
from copy import deepcopy
from typing import Any
from urllib.parse import unquote, unquote_to_bytes

from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

from adapters.simulation.documents import Documents
from adapters.simulation.faults import FAULT, LATE_S, SPOKEN, Aim, Fault, Faults, Planned, Sent
from adapters.simulation.holds import Hold, Holds, Orphan, When
from adapters.simulation.simulator import KeepsLedger, Simulator, ledger_of
from adapters.simulation.wire import answer_json, body_of, fail, keep, replay, reset

CONTROL = "/_simulator"


class Frame:
    """The frame of one simulator, served with latency and faults, and controlled below `/_simulator`.

    - `GET /_simulator`: name, credentials, latency, faults, holds, how many requests wait (`held`), requests and look-ups
      per reference so far;
    - `GET /_simulator/documents`, `PUT` (keys to set, as JSON) and `DELETE /_simulator/documents/{reference}`;
    - `POST /_simulator/faults` `{"fault": "down" | null, "reference": "..." | null, "containing": "..." | null,
      "count": 3 | null, "seconds": 60}`: strikes requests that mention the reference and in whose target, SOAPAction or
      body the text stands; null ends the fault of that same reference and text;
    - `POST /_simulator/hold` `{"when": "before" | "after", "reference": ..., "containing": ..., "count": ...,
      "orphan": "drop" | "perform"}`: such requests wait before or after their effect, until `POST /_simulator/hold/release`
      or until the caller hangs up; with `perform` a request without a caller waits on and has its effect when released;
    - `PUT /_simulator/latency` `{"seconds": 0.05}`;
    - `GET /_simulator/ledger/{reference}`: lines, allocations and effects so far, where the authority keeps a ledger;
      `POST /_simulator/ledger/{reference}/remove` `{"mrn": "..."}`: somebody there took a declaration's allocations away;
    - `POST /_simulator/reset`: documents, faults, holds, counts and the simulator's own state as at the start, latency kept;
      requests that wait never have an effect.
    """

    def __init__(self, simulator: Simulator, *, latency_s: float = 0.0, fault: Fault | None = None) -> None:
        self.simulator = simulator
        self.latency_s = latency_s
        self.faults = Faults()
        self.holds = Holds()
        self.documents = Documents(simulator.documents, generated=simulator.generated)
        self.requests = 0
        self.app = simulator.build(self.documents)
        """The authority itself; another one after each reset."""
        self._as_it_was = self.app
        """The authority as it was when answers of then were wanted."""
        if fault is not None:
            self.plan(Planned(fault=fault))

    def plan(self, planned: Planned) -> None:
        """Set a fault.

        Raises:
            ValueError: the simulator does not know how to produce it.
        """
        if planned.fault in SPOKEN - self.simulator.own_faults:
            raise ValueError(f"the simulator {self.simulator.name} cannot show {planned.fault}")
        if planned.fault is Fault.STALE:
            self._as_it_was = self._copy_of_the_app()
        self.faults.plan(planned)

    def _copy_of_the_app(self) -> ASGIApp:
        """Return the authority over its documents of now, with what it keeps in its attributes.

        It is built anew, since routes hold on to the methods of the one that they were made for.
        """
        documents = deepcopy(self.documents)
        app = self.simulator.build(documents)
        if not isinstance(app, Starlette):
            kept = {key: one for key, one in vars(self.app).items() if not isinstance(one, Starlette)}
            vars(app).update(deepcopy(kept, {id(self.documents): documents}))
        return app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path: str = scope["path"]
        if path == CONTROL or path.startswith(CONTROL + "/"):
            await self._control(scope, receive, send)
            return
        self.requests += 1
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        if not self.faults.planned and not self.holds.active:
            await self.app(scope, receive, send)
            return
        body = await body_of(receive)
        sent = Sent(
            target=unquote_to_bytes(scope.get("raw_path", path.encode()) + b"?" + scope["query_string"]),
            action=dict(scope["headers"]).get(b"soapaction", b""),
            body=body,
        )
        await self._perform(sent, scope, receive, send)

    async def _perform(self, sent: Sent, scope: Scope, receive: Receive, send: Send) -> None:
        hold = self.holds.catch(sent)
        if hold is None:
            await self._respond(sent, scope, receive, send)
        elif hold.when is When.BEFORE:
            if await self.holds.wait(hold, receive):
                await self._respond(sent, scope, receive, send)
            else:
                await reset(scope, receive)
        else:
            kept = await keep(self.app, scope, replay(sent.body, receive))
            if await self.holds.wait(hold, receive):
                await kept.send(send)
            else:
                await reset(scope, receive)

    async def _respond(self, sent: Sent, scope: Scope, receive: Receive, send: Send) -> None:
        planned = self.faults.strike(sent)
        if planned is not None and planned.fault is Fault.STALE:
            await keep(self.app, scope, replay(sent.body, receive))
            await self._as_it_was(scope, replay(sent.body, receive), send)
            return
        if planned is not None and planned.fault is Fault.NO_EFFECT:
            await self._copy_of_the_app()(scope, replay(sent.body, receive), send)
            return
        if planned is not None and planned.fault not in self.simulator.own_faults:
            await fail(planned, self.app, scope, sent.body, receive, send)
            return
        if planned is not None:
            scope["extensions"] = {**scope.get("extensions", {}), FAULT: planned.fault}
        await self.app(scope, replay(sent.body, receive), send)

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            raw = await body_of(receive)
            body: dict[str, Any] = json.loads(raw) if raw else {}
            done = self.obey(scope["method"], scope.get("raw_path", scope["path"].encode()).decode("ascii"), body)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            await answer_json(send, 422, {"detail": f"{type(error).__name__}: {error}"})
            return
        await (answer_json(send, 200, done) if done is not None else answer_json(send, 404, {"detail": "nothing here"}))

    def obey(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any] | None:
        """Do what a control request asks for, and return its answer; None: there is nothing of the kind.

        Raises:
            ValueError, TypeError, LookupError, AttributeError: `body` is nothing that can be done.
        """
        what, *rest = (unquote(part) for part in path.removeprefix(CONTROL).lstrip("/").split("/"))
        match (method, what, *rest):
            case ("GET", ""):
                return self._state()
            case ("GET", "documents"):
                return {key: {k: str(v) for k, v in one.items()} for key, one in self.documents.stored().items()}
            case ("PUT", "documents", str(reference)) if reference:
                self.documents.put(reference, body)
            case ("DELETE", "documents", str(reference)) if reference:
                self.documents.remove(reference)
            case ("POST", "faults") if body.get("fault") is None:
                self.faults.lift(_aim(body))
            case ("POST", "faults"):
                self.plan(
                    Planned(
                        fault=Fault(body["fault"]),
                        aim=_aim(body),
                        count=body.get("count"),
                        seconds=float(body.get("seconds", LATE_S)),
                    )
                )
            case ("POST", "hold"):
                orphan = Orphan(body.get("orphan", Orphan.DROP))
                when, count = When(body["when"]), body.get("count")
                self.holds.add(Hold(aim=_aim(body), when=when, orphan=orphan, count=count))
            case ("POST", "hold", "release"):
                self.holds.release()
            case ("PUT", "latency"):
                self.latency_s = float(body["seconds"])
            case (_, "ledger", *place) if ledger := ledger_of(self.app):
                return _consult(ledger, method, place, body)
            case ("POST", "reset"):
                self._reset()
            case _:
                return None
        return self._state()

    def _reset(self) -> None:
        self.documents.reset()
        self.faults.clear()
        self.holds.clear()
        self.requests = 0
        self.app = self.simulator.build(self.documents)

    def _state(self) -> dict[str, Any]:
        return {
            "name": self.simulator.name,
            "title": self.simulator.title,
            "credentials": dict(self.simulator.credentials),
            "latency_s": self.latency_s,
            "faults": [{"fault": one.fault, **_aimed_at(one.aim), "count": one.count} for one in self.faults.planned],
            "holds": [
                {"when": one.when, **_aimed_at(one.aim), "count": one.count, "orphan": one.orphan}
                for one in self.holds.active
            ],
            "held": self.holds.held,
            "requests": self.requests,
            "asked": self.documents.queries,
        }


def _consult(kept: KeepsLedger, method: str, place: list[str], body: dict[str, Any]) -> dict[str, Any] | None:
    match (method, *place):
        case ("GET", str(reference)):
            return kept.ledger(reference)
        case ("POST", str(reference), "remove"):
            kept.remove(reference, body["mrn"])
            return kept.ledger(reference)
    return None


def _aim(body: dict[str, Any]) -> Aim:
    return Aim(reference=body.get("reference"), containing=body.get("containing"))


def _aimed_at(aim: Aim) -> dict[str, str | None]:
    return {"reference": aim.reference, "containing": aim.containing}
