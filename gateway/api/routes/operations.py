"""Calls of operators and their machines: adapters, health, figures."""

import os
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas import adapters as adapter_models
from gateway.api.schemas import answers as models
from gateway.api.schemas import bodies
from gateway.api.views import authorities
from gateway.dispatch import AdapterHealth
from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.lifecycle import Lifecycle
from gateway.observe.scrape import METRICS_TYPE

Name = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


async def listed_authorities(
    lifecycle: Lifecycle, health: Callable[[], Iterable[AdapterHealth]]
) -> list[dict[str, Any]]:
    """Return some adapters with what is known of their authorities over all replicas.

    Their health is asked for last, at one moment with what they are switched to: the two may not contradict each other.
    """
    waiting, figures = await lifecycle.waited_for(), await lifecycle.figures()
    windows = {window.adapter: window for window in await lifecycle.contingency.in_force()}
    off = lifecycle.adapters_off()
    return [
        authorities.adapter(
            authorities.own(one, off.get(one.name)), waiting.get(one.name), windows.get(one.name), figures.get(one.name)
        )
        for one in health()
    ]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    _register_adapters(app, context)
    _register_probes(app, context)


def _register_adapters(app: FastAPI, context: ApiContext) -> None:
    one = "/v1/adapters/{name}"
    switched = documented({200: adapter_models.AdapterBody}, body=bodies.AdapterEnabling)

    @app.get("/v1/adapters", tags=["operations"], **documented({200: adapter_models.AdapterList}))
    async def adapters(request: Request) -> Response:
        """Gives the adapters with tier, health, breaker and latency, as the process that answers sees them.

        What waits for each authority, since when, the contingency window that is open for it, and `over_all` count over all replicas.
        """
        context.caller(request, Call.ADAPTERS)
        items = await listed_authorities(context.lifecycle, context.dispatcher.health)
        return json(encode({"process": os.getpid(), "items": items}))

    @app.get(one, tags=["operations"], **documented({200: adapter_models.OneAdapter}))
    async def adapter(request: Request, name: Name) -> Response:
        """Gives one adapter as the list does, with how calls to its authority went in the last 24 hours over all replicas."""
        context.caller(request, Call.ADAPTERS)
        if not context.dispatcher.knows(name):
            raise NotKnown("There is no such adapter.")
        (body,) = await listed_authorities(
            context.lifecycle, lambda: [one for one in context.dispatcher.health() if one.name == name]
        )
        figures = await context.lifecycle.figures_of(name, authorities.SPAN)
        series = authorities.series(figures) if figures is not None else []
        return json(encode({"process": os.getpid(), **body, "series": series}))

    @app.post(f"{one}/enable", tags=["operations"], **switched)
    async def enable(request: Request, name: Name) -> Response:
        """Enables an adapter that was disabled, on all replicas, for a stated reason."""
        caller = context.caller(request, Call.ENABLE_ADAPTER)
        payload = await call(request, context.settings.limits.body_bytes, bodies.AdapterEnabling)
        if not context.dispatcher.knows(name):
            raise NotKnown("There is no such adapter.")
        await context.lifecycle.enable_adapter(name, by=caller.actor(payload.officer), reason=payload.reason)
        return here(name)

    @app.post(f"{one}/disable", tags=["operations"], **switched)
    async def disable(request: Request, name: Name) -> Response:
        """Disables an adapter on all replicas, for a stated reason: its authority is not asked, what it knows is not determined."""
        return await switched_off(request, name, draining=False)

    @app.post(f"{one}/drain", tags=["operations"], **switched)
    async def drain(request: Request, name: Name) -> Response:
        """Has an adapter finish what is under way and ask nothing new, on all replicas, for a stated reason; not one that is quarantined."""
        return await switched_off(request, name, draining=True)

    async def switched_off(request: Request, name: str, *, draining: bool) -> Response:
        caller = context.caller(request, Call.DISABLE_ADAPTER)
        payload = await call(request, context.settings.limits.body_bytes, bodies.AdapterEnabling)
        if not context.dispatcher.knows(name):
            raise NotKnown("There is no such adapter.")
        by = caller.actor(payload.officer)
        await context.lifecycle.switch_off_adapter(name, by=by, reason=payload.reason, draining=draining)
        return here(name)

    def here(name: str) -> Response:
        (now,) = (health for health in context.dispatcher.health() if health.name == name)
        return json(encode(authorities.own(now, context.lifecycle.adapters_off().get(name))))


def _register_probes(app: FastAPI, context: ApiContext) -> None:
    described = documented({})
    described["responses"][200] = {"description": "Figures", "content": {"text/plain": {"schema": {"type": "string"}}}}

    @app.get("/healthz", tags=["operations"], response_model=None)
    async def healthz() -> Response:
        """Says that the process is alive."""
        return json(encode({"alive": True}))

    @app.get("/readyz", tags=["operations"], **documented({200: models.ReadyBody, 503: models.ReadyBody}))
    async def readyz() -> Response:
        """Says whether the process that answers can take declarations, and which part of it cannot: 503 if it cannot."""
        parts = await context.lifecycle.readiness.now()
        ready = all(parts.values())
        status = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
        return json(encode({"ready": ready, **parts}), status)

    @app.get("/metrics", tags=["operations"], **described)
    async def metrics(request: Request) -> Response:
        """Gives the figures of all serving processes of this gateway, as Prometheus reads them; at most a second old."""
        context.caller(request, Call.METRICS)
        return Response(await context.scrape.text(), media_type=METRICS_TYPE)
