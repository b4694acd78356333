"""The HTTP API for declaration systems, traders, officers and operators."""

from collections.abc import Callable, Sequence
from functools import partial
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from starlette.middleware import Middleware

from gateway.access import Authenticator
from gateway.api import guide, problems
from gateway.api import openapi as documentation
from gateway.api.context import ApiContext
from gateway.api.known_parameters import StrictRoute
from gateway.api.middleware import Door, Surrounded, early_refusal
from gateway.api.routes import (
    access,
    acts,
    applications,
    approvals,
    assessments,
    case_owners,
    certificates,
    contingency,
    coverage,
    declarations,
    documents,
    dry_runs,
    keys,
    notices,
    notifications,
    operations,
    readings,
    releases,
    requirements,
    shadow,
    streams,
    trail,
    versions,
)
from gateway.dispatch import Dispatcher
from gateway.lifecycle import Lifecycle
from gateway.observe.scrape import Scrape
from gateway.settings import Settings
from gateway.settings.messages import Catalogue

__all__ = ["create_api"]


def create_api(
    lifecycle: Lifecycle,
    dispatcher: Dispatcher,
    settings: Settings,
    catalogue: Catalogue,
    authenticator: Authenticator | None = None,
    scrape: Scrape | None = None,
    further: Sequence[Callable[[FastAPI, ApiContext], None]] = (),
) -> FastAPI:
    """Make the application that answers the calls of `/v1`, `/docs`, health and figures; without an authenticator it has its own.

    `further` add the calls of wings.

    Its `state.refusal` returns by the head of a call whether a server refuses it (`early_refusal`); its `state.context` is what
    the calls are answered with.

    Raises:
        ConfigurationError: the texts of explanations cannot be used.
    """
    context = ApiContext.of(lifecycle, dispatcher, settings, catalogue, authenticator, scrape)
    app = FastAPI(
        title="EU Single Window integration gateway",
        summary="Asks the competent authorities about a declaration's supporting documents and decides.",
        version=_version(),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        middleware=[
            Middleware(Surrounded),
            Middleware(Door, authenticator=context.authenticator, admission=context.admission, wording=context.wording),
        ],
        # The framework's own telemetry writes exceptions with their texts, which may quote what was sent.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.router.route_class = StrictRoute
    app.state.refusal = partial(early_refusal, context.authenticator, context.admission)
    app.state.context = context
    app.state.streams = context.streams
    app.state.drain = context.drain
    problems.register(app, context.wording, context.change_told)
    for calls in (
        declarations,
        assessments,
        dry_runs,
        releases,
        applications,
        approvals,
        acts,
        trail,
        versions,
        notices,
        certificates,
        documents,
        contingency,
        coverage,
        requirements,
        shadow,
        operations,
        notifications,
        access,
        keys,
        readings,
        case_owners,
        streams,
    ):
        calls.register(app, context)
    for add in further:
        add(app, context)
    documentation.register(app, settings)
    guide.register(app)
    return app


def _version() -> str:
    try:
        return version("eu-single-window-gateway")
    except PackageNotFoundError:
        return "0"
