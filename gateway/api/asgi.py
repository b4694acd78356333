"""What surrounds every call: its id, its figures, HEAD, and the answer when the gateway itself fails."""

import re
import secrets
from time import perf_counter

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import observe
from gateway.api.problems import unexpected

log = structlog.get_logger(__name__)

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_HEADER = b"x-correlation-id"


class Surrounded:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a call; whatever fails inside becomes a problem document that tells nothing of the inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        method = scope["method"]
        if method == "HEAD":
            # Answered like GET; the server leaves the body out.
            scope = {**scope, "method": "GET"}
        current = _correlation(scope)
        token = observe.correlation_id.set(current)
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.raw.append((_HEADER, current.encode()))
                headers.raw.append((b"x-content-type-options", b"nosniff"))
                headers.setdefault("cache-control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except ClientDisconnect:
            pass
        except Exception as error:
            log.error("call_failed", error=type(error).__name__, raised_at=observe.raised_at(error))
            if status:
                raise
            await unexpected()(scope, receive, answer)
        finally:
            route = scope.get("route")
            observe.answered(method, getattr(route, "path", "unmatched"), status, perf_counter() - began)
            observe.correlation_id.reset(token)


def _correlation(scope: Scope) -> str:
    for name, value in scope["headers"]:
        if name == _HEADER and _ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(16)
