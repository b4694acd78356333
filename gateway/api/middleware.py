"""The layers around every call: its id, its figures, HEAD, failures of the gateway itself, authentication and admission."""

import re
import secrets
from collections.abc import Callable, Iterable
from time import perf_counter

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import observe
from gateway.access import Authenticator, CallHead, NothingShown
from gateway.api.admission import Admission, Admitted, share_of
from gateway.api.localization import Wording
from gateway.api.problems import Later, problem, unexpected
from gateway.domain.errors import GatewayError, NotAuthenticated

Headers = Iterable[tuple[bytes, bytes]]
"""A call's, their names in lower case."""

log = structlog.get_logger(__name__)

_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CORRELATION = "x-correlation-id"
"""The header that a call is found by in the logs."""
_HEADER = CORRELATION.encode()
DEFAULT_HEADERS = {"x-content-type-options": "nosniff", "cache-control": "no-store"}


class Surrounded:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a call; whatever fails inside becomes a problem document that reveals nothing of the inside."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        method = scope["method"]
        if method == "HEAD":
            # Answered like GET; the server leaves the body out.
            scope = {**scope, "method": "GET"}
        current = correlation(scope["headers"])
        token = observe.correlation_id.set(current)
        span = observe.call_span(scope["headers"])
        status = 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers.raw.append((_HEADER, current.encode()))
                for name, value in DEFAULT_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            with span:
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
                    _told(scope, method, status, perf_counter() - began, span)
        finally:
            observe.correlation_id.reset(token)


def _told(scope: Scope, method: str, status: int, seconds: float, span: observe.OpenSpan) -> None:
    """Count a call, and write its line and the attributes of its span: the pattern of its path, never the path."""
    route = getattr(scope.get("route"), "path", "unmatched")
    observe.answered(method, route, status, seconds)
    method = observe.method_name(method)
    declaration = scope.get("declaration") or scope.get("lodged")
    if declaration is None and status < _REFUSED and route.startswith(_PAGES):
        named = scope["path_params"]["id"]
        declaration = named if _OURS.fullmatch(named) else None
    span.tell(method=method, route=route, status=status, declaration=declaration)
    if status < _REFUSED and route.startswith(_UNTOLD):
        return
    caller = scope.get("caller")
    observe.line(
        "call_answered",
        method=method,
        route=route,
        # None: the caller went away before there was an answer.
        status=status or None,
        seconds=round(seconds, 6),
        client=caller.name if caller is not None and not caller.is_person else None,
        roles=sorted(caller.roles) if caller is not None else None,
        declaration=declaration,
        trace_id=span.trace_id,
    )


class Door:
    """The layer that authenticates the caller before anything of the call is read, and admits or refuses the call."""

    def __init__(
        self, app: ASGIApp, authenticator: Authenticator, admission: Admission, wording: Callable[[Request], Wording]
    ) -> None:
        self._app = app
        self._authenticator = authenticator
        self._admission = admission
        self._wording = wording

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on with its caller and its admission, or refuse it."""
        path: str = scope.get("path", "")
        if scope["type"] != "http" or not path.startswith(_AUTHENTICATED) or scope["method"] == "OPTIONS":
            await self._app(scope, receive, send)
            return
        try:
            admitted = await self._admitted(scope, path)
        except GatewayError as error:
            await problem(error, wording=self._wording(Request(scope)))(scope, receive, send)
            return
        try:
            if scope["method"] == "GET":
                await self._read(admitted, scope, receive, send)
            else:
                await self._app(scope, receive, send)
        finally:
            admitted.over()

    async def _read(self, admitted: Admitted, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call that reads on when it is its client's turn, until its answer begins: sending it may take long."""

        async def answer(message: Message) -> None:
            admitted.rests()
            await send(message)

        try:
            await admitted.reads()
        except GatewayError as error:
            await problem(error, wording=self._wording(Request(scope)))(scope, receive, send)
            return
        await self._app(scope, receive, answer)

    async def _admitted(self, scope: Scope, path: str) -> Admitted:
        client = scope.get("client")
        address = client[0] if client else ""
        head = CallHead.of(scope["method"], path, scope["headers"], address=address, peer=scope.get(PEER))
        if path.startswith(_API):
            self._authenticator.refuse_other_pages(head)
        wait = self._admission.failing(address)
        if wait and not await self._authenticator.may_be_good(head):
            # Guesses are looked up together: whoever has a key is let in from where others guess.
            observe.refused("keys")
            raise Later(wait, GUESSED)
        try:
            caller = await self._authenticator.caller(head)
        except NothingShown:
            raise
        except NotAuthenticated as error:
            self._authenticator.forget(head)
            if wait := self._admission.failed(address):
                observe.refused("keys")
                raise Later(wait, GUESSED) from None
            log.warning("key_not_known", address=address, reason=error.reason)
            raise
        scope["head"], scope["caller"] = head, caller
        admitted = self._admission.enter(
            share_of(caller, address), caller, message=_brings_message(scope["method"], path)
        )
        scope["admitted"] = admitted
        return admitted


def early_refusal(
    authenticator: Authenticator, admission: Admission, method: str, path: str, headers: Headers
) -> tuple[GatewayError, float] | None:
    """Return a call's refusal by its head alone, before anything is made for it: for what its client has in hand or waiting;
    and the seconds for which its answer is held back.

    None: `Door` authenticates the caller and decides on admission.
    """
    if not path.startswith(_AUTHENTICATED) or method not in _EARLY:
        return None
    caller = authenticator.remembered(CallHead.of(method, path, headers))
    if caller is None:
        return None
    refusal = admission.refusal(caller.share, caller, message=_brings_message(method, path))
    return None if refusal is None else (refusal, admission.held_back_s(caller.share))


GUESSED = "Too many keys that are not known came, from this address or from all together."
PEER = "peer"
"""The key of a call's scope for the host at the other end of its connection: `client` is whom a proxy calls for."""
_API = "/v1/"
_AUTHENTICATED = (_API, "/metrics")
"""Paths whose callers are authenticated."""
_UNTOLD = ("/healthz", "/readyz", "/metrics", "/static/")
"""Routes whose calls are no news as long as they go well: a probe or a scrape every second, what a page is made of."""
_PAGES = ("/declarations/{id}", "/console/declarations/{id}")
"""Pages of one declaration, by its id or its MRN."""
_OURS = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""The id of a declaration."""
_REFUSED = 400
"""The status from which on they do not."""
_LODGING = "/v1/declarations"
_AMENDING = "/amendments"


_EARLY = frozenset({"GET", "POST"})
"""The methods for which the answer to a refused call has a body, and anybody may be refused."""


def _brings_message(method: str, path: str) -> bool:
    return method == "POST" and (path == _LODGING or path.endswith(_AMENDING))


def correlation(headers: Headers) -> str:
    """Return the id by which a call is found in the logs: the caller's own, else a new one."""
    for name, value in headers:
        if name == _HEADER and _ID.fullmatch(value):
            return str(value, "ascii")
    return secrets.token_hex(16)
