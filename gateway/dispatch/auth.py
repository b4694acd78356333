"""Authentication of the gateway to an authority, as the adapter's manifest says; adapters never see it."""

import asyncio
import json
import ssl
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote_plus, urlencode, urlsplit

from gateway.contract import (
    AccessRefused,
    AdapterError,
    Auth,
    Limits,
    Request,
    RequestRejected,
    Unavailable,
    UnexpectedAnswer,
)
from gateway.dispatch.transport import Transport

SECRETS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "none": (),
        "header": ("header_value",),
        "basic": ("username", "password"),
        "oauth2_client_credentials": ("client_id", "client_secret"),
        "mtls": (),
    }
)
"""The secrets that each kind of authentication takes, by name."""

EARLY_S = 30.0
"""Seconds before its end at which a token is renewed, or a fifth of its life if that is less."""
DEFAULT_LIFE_S = 60.0
"""Seconds that a token is taken to live whose authority does not say."""
MAX_LIFE_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenIssuer:
    """The server that gives access tokens: the authority itself, or another host."""

    transport: Transport
    path: str

    @classmethod
    def of(cls, url: str, limits: Limits, tls: ssl.SSLContext | None) -> "TokenIssuer":
        """Return the issuer at a URL of its own, to which nothing but the request for a token goes."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        return cls(transport=Transport(base_url=origin, limits=limits, tls=tls), path=parts.path)


class Credentials:
    """An authority's credentials in one process: fixed headers, and one OAuth2 token that all calls share."""

    def __init__(
        self,
        auth: Auth,
        secrets: Mapping[str, str],
        transport: Transport,
        *,
        deadline_s: float,
        issuer: TokenIssuer | None = None,
    ) -> None:
        """Take what the manifest says, the secrets for it, and by whom tokens are given; None: by the authority itself."""
        self._issuer = issuer
        self._fixed: dict[str, str] = {}
        if "header" in auth.kinds:
            self._fixed[auth.header] = secrets["header_value"]
        if "basic" in auth.kinds:
            self._fixed["Authorization"] = _basic(secrets["username"], secrets["password"])
        issuer = issuer or TokenIssuer(transport=transport, path=auth.token_path)
        self._token = _Token(auth, secrets, issuer, deadline_s) if "oauth2_client_credentials" in auth.kinds else None

    async def headers(self) -> Mapping[str, str]:
        """Return the headers that a request carries.

        Raises:
            AdapterError: no token could be had.
        """
        if self._token is None:
            return self._fixed
        return {**self._fixed, "Authorization": f"Bearer {await self._token.get()}"}

    def renewable(self, used: Mapping[str, str]) -> bool:
        """Take the authority's 401 for these headers; return whether another try with new ones makes sense."""
        if self._token is None:
            return False
        self._token.refused(used.get("Authorization", "").removeprefix("Bearer "))
        return True

    async def close(self) -> None:
        """End a renewal that is under way, and the connections to another host that gives tokens."""
        if self._token is not None:
            await self._token.close()
        if self._issuer is not None:
            await self._issuer.transport.close()


class _Token:
    """One access token (RFC 6749, section 4.4), renewed by one request however many calls wait for it."""

    def __init__(self, auth: Auth, secrets: Mapping[str, str], issuer: TokenIssuer, deadline_s: float) -> None:
        form = {"grant_type": "client_credentials"} | ({"scope": auth.scope} if auth.scope else {})
        # Section 2.3.1: both are form-encoded before they are joined.
        identity = _basic(quote_plus(secrets["client_id"]), quote_plus(secrets["client_secret"]))
        self._request = Request(
            method="POST",
            path=issuer.path,
            headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
            body=urlencode(form).encode(),
        )
        self._identity = {"Authorization": identity}
        self._transport = issuer.transport
        self._deadline_s = deadline_s
        self._value: str | None = None
        self._renew_at = self._ends_at = 0.0
        self._renewal: asyncio.Task[str] | None = None

    async def get(self) -> str:
        loop = asyncio.get_running_loop()
        if self._value is not None and loop.time() < self._renew_at:
            return self._value
        if self._renewal is None or self._renewal.done():
            self._renewal = loop.create_task(self._renew(), name="access token")
            # Nobody may be waiting any more when it fails.
            self._renewal.add_done_callback(lambda renewal: renewal.cancelled() or renewal.exception())
        try:
            # Shielded: whoever gives up waiting does not take the token from the others.
            return await asyncio.shield(self._renewal)
        except AdapterError:
            if self._value is None or loop.time() >= self._ends_at:
                raise
            return self._value

    def refused(self, token: str) -> None:
        # Another call may have renewed it since.
        if token == self._value:
            self._value = None

    async def close(self) -> None:
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renew(self) -> str:
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(self._deadline_s):
                response = await self._transport.send(
                    self._request, until=began + self._deadline_s, credentials=self._identity
                )
        except TimeoutError as error:
            raise Unavailable("no access token was given in time") from error
        except RequestRejected as error:
            # RFC 6749, section 5.2: 400 `invalid_client` as well as 401.
            raise AccessRefused(f"no access token was given: {error}") from error
        value, life_s = _read(response.body)
        self._value = value
        self._ends_at = began + life_s
        self._renew_at = self._ends_at - min(EARLY_S, life_s / 5)
        return value


def _read(body: bytes) -> tuple[str, float]:
    try:
        answer = json.loads(body)
        value, kind, life_s = answer["access_token"], answer["token_type"], answer.get("expires_in", DEFAULT_LIFE_S)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UnexpectedAnswer("the answer to the request for an access token holds none") from error
    if not (isinstance(value, str) and value.isascii() and value.isprintable() and value and " " not in value):
        raise UnexpectedAnswer("the access token cannot stand in a header")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise UnexpectedAnswer("the access token is no bearer token")
    if type(life_s) not in (int, float) or not 0 < life_s < float("inf"):
        raise UnexpectedAnswer("the access token's life is no number of seconds")
    return value, float(min(life_s, MAX_LIFE_S))


def _basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
