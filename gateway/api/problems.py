"""Every refusal as a problem document (RFC 9457), the framework's own too; never a text of an authority's or a library's."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope

from gateway.api.localization import Wording, visible
from gateway.api.views.actions import by_item
from gateway.domain.codec import encode
from gateway.domain.errors import (
    Ambiguous,
    AskedLately,
    CallInvalid,
    CallRefused,
    Conflict,
    GatewayError,
    NotAuthenticated,
    NotKnown,
    Overloaded,
    PlaceGone,
    ReadBefore,
    ReleaseNotCarriedOut,
    StoreError,
    TooManyCalls,
    Violation,
)

_DECLARATIONS = "/v1/declarations"
MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger(__name__)


class MethodNotAllowed(CallRefused):
    """The resource does not know this method."""

    code = "SW-API-405"
    status = 405


class BodyUnreadable(CallRefused):
    """The call's body is not well-formed JSON."""

    code = "SW-API-400"
    status = 400


class MediaTypeUnsupported(CallRefused):
    """The call's body is of a media type, or compressed in a way, that is not read here."""

    code = "SW-API-415"
    status = 415


class NotificationUnreadable(CallRefused):
    """The notification is nothing that the adapter knows."""

    code = "SW-API-400"
    status = 400


class CallUnreadable(CallRefused):
    """The call is no HTTP/1.1 that is read here."""

    code = "SW-API-400"
    status = 400


class HostUnclear(CallRefused):
    """The call names no host, more than one, or what is none."""

    code = "SW-API-400"
    status = 400


class TooSlow(CallRefused):
    """The call did not come to its end in time."""

    code = "SW-API-408"
    status = 408


class HeadTooLarge(CallRefused):
    """The call's first line and headers are longer than the limit."""

    code = "SW-API-431"
    status = 431


class CodingUnknown(CallRefused):
    """The call's body is coded in a way that is not read here."""

    code = "SW-API-501"
    status = 501


class Later(TooManyCalls):
    """The caller's budget is used up for now."""

    def __init__(self, seconds: float, detail: str = "The budget of this client is used up for now.") -> None:
        super().__init__(detail)
        self.seconds = seconds


def problem(
    error: GatewayError,
    headers: Mapping[str, str] | None = None,
    *,
    wording: Wording | None = None,
    declaration: str | None = None,
) -> Response:
    """Return the answer to a refused call about a `declaration`, or none, with its violations in the caller's language."""
    title, detail = (error.title(), error.detail) if wording is None else wording.refusal(error)
    errors = wording.violations(error.violations) if wording is not None else [visible(one) for one in error.violations]
    more = _more(error, declaration, wording)
    sent = dict(headers or {})
    if wording is not None:
        sent |= wording.headers
    if isinstance(error, MediaTypeUnsupported):
        sent["Accept-Encoding"] = "identity"
    if isinstance(error, NotAuthenticated):
        sent["WWW-Authenticate"] = 'Bearer realm="gateway"'
    if isinstance(error, Later | AskedLately):
        sent["Retry-After"] = str(max(1, round(error.seconds + 0.5)))
    elif isinstance(error, Overloaded | StoreError | TooManyCalls):
        sent["Retry-After"] = "2"
    if isinstance(error, Overloaded | TooManyCalls) and not isinstance(error, AskedLately):
        # What such a caller has still to send is not read.
        sent["Connection"] = "close"
    return document(
        status=error.status, code=error.code, title=title, detail=detail, errors=errors, headers=sent, more=more
    )


_THERE = {
    "declaration": _DECLARATIONS,
    "application": "/v1/applications",
    "approval": "/v1/approvals",
    "window": "/v1/contingency",
}
"""Where things of a kind are found."""


def _more(error: GatewayError, declaration: str | None, wording: Wording | None) -> Mapping[str, Any]:
    """Return the members of its own that a refusal has."""
    more = dict(_own(error))
    if isinstance(error, Conflict):
        links = {"declaration": f"{_DECLARATIONS}/{declaration}"} if declaration is not None else {}
        if (there := error.obstruction) is not None:
            links[there.kind] = f"{_THERE[there.kind]}/{there.name}"
        more["links"] = links
        if error.obstacles:
            more["release_gate"] = by_item(error.obstacles, wording)
    return more


def _own(error: GatewayError) -> Mapping[str, Any]:
    if isinstance(error, PlaceGone):
        return {"continue_at": error.continue_at}
    if isinstance(error, Ambiguous):
        found = [{"id": id, "declarant": who, "link": f"{_DECLARATIONS}/{id}"} for id, who in error.candidates]
        return {"candidates": found}
    if isinstance(error, ReleaseNotCarriedOut):
        return {"released": False, "reason": error.reason}
    if isinstance(error, ReadBefore):
        (before, now), effects = (error.read, error.now), error.effects or (None, None)
        return {
            "seen": {"version": before[0], "decision": before[1] or None, "effect": effects[0]},
            "stands": {"version": now[0], "decision": now[1] or None, "effect": effects[1]},
        }
    return {}


def page_of(code: str) -> str:
    """Return where the guide that this gateway serves says what a code means."""
    return f"/docs/guide/customs.html#{code}"


def document(
    *,
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[Mapping[str, Any]] = (),
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Response:
    """Gives a problem document, with `more` members of its own."""
    body: dict[str, Any] = {
        "type": page_of(code),
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
        "errors": errors,
        **more,
    }
    return Response(encode(body), status_code=status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def unexpected() -> Response:
    """Gives the answer to a call in which the gateway itself failed."""
    return problem(GatewayError("The gateway failed; the correlation id finds the entry in its log."))


def register(
    app: FastAPI, wording: Callable[[Request], Wording], change_told: Callable[[Request, ReadBefore], Awaitable[None]]
) -> None:
    """Makes every refusal inside the application a problem document; `change_told` completes what has changed since."""

    async def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, GatewayError)
        if isinstance(error, StoreError):
            log.warning("store_refused", code=error.code)
        if isinstance(error, ReadBefore):
            with suppress(StoreError):
                await change_told(request, error)
        return problem(error, wording=wording(request), declaration=request.scope.get("declaration"))

    async def of_framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        methods = allowed_methods(request.app, request.scope)
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and request.method == "OPTIONS":
            return Response(status_code=204, headers={"Allow": methods})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            detail = f"{request.method} is not known here."
            return problem(MethodNotAllowed(detail), {"Allow": methods}, wording=wording(request))
        if error.status_code == HTTPStatus.NOT_FOUND:
            return problem(NotKnown("There is nothing at this address."), wording=wording(request))
        status = HTTPStatus(error.status_code)
        return document(
            status=status,
            code=f"SW-API-{status.value}",
            title=status.phrase,
            detail=status.description or status.phrase,
        )

    async def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return problem(invalid_call(error.errors()), wording=wording(request))

    async def gone(_request: Request, _error: Exception) -> Response:
        # Whoever hung up reads no answer: nothing happened, and nothing is logged.
        return Response(status_code=400)

    app.add_exception_handler(GatewayError, refused)
    app.add_exception_handler(HTTPException, of_framework)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(ClientDisconnect, gone)


def invalid_call(errors: Any) -> CallInvalid:
    """Gives the refusal for what pydantic found in a call, without repeating what was sent."""
    violations = tuple(
        Violation(
            code=CallInvalid.code,
            message=str(one["msg"]).removeprefix("Value error, "),
            path="/" + "/".join(str(part) for part in one["loc"]),
            rule=str(one["type"]),
        )
        for one in errors
    )
    return CallInvalid(violations=violations)


def allowed_methods(app: Starlette, scope: Scope) -> str:
    """Return the value of `Allow` for a call's path: all methods of all routes that match it."""
    methods = {"OPTIONS"}
    for route in app.routes:
        if isinstance(route, Route) and route.matches(scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    if "GET" in methods:
        methods.add("HEAD")
    return ", ".join(sorted(methods))
