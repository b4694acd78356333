"""The issuers of tokens, asked over HTTP: what they publish of themselves, their keys, tokens for codes.

The one module that calls them. Everything is bounded in size and time, goes to `https://` (or to a loopback address) only, and
follows no redirect. What was read once is kept while an issuer is away.
"""

import asyncio
import json
import os
import ssl
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import structlog
from authlib.common.urls import add_params_to_uri
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, Key, KeySet

from gateway import observe
from gateway.domain.errors import ConfigurationError, Overloaded
from gateway.settings import Issuer
from gateway.settings.issuers import url_fault
from gateway.settings.secrets import SecretFault, resolved

log = structlog.get_logger(__name__)

ANSWER_S = 5.0
"""The seconds that an issuer may take for one answer, connection and all."""
REACH_S = 2.0
"""The seconds that it may take when a browser is about to be sent to it: a person waits."""
MOST_BYTES = 512 * 1024
"""Bytes of an answer that are read."""
MOST_KEYS = 100
LEAST_RSA_BITS = 2_048
AGE_S = 3_600.0
"""The seconds after which what an issuer publishes is read again: a key that it withdrew is not good for longer."""
AGAIN_S = 5.0
"""The seconds after which an issuer is asked again that never answered."""
UNKNOWN_KEY_S = 60.0
"""The least seconds between two readings of the set for an unknown key: whoever sends invented ones has the issuer asked no more often."""
_PLAIN = {"Accept-Encoding": "identity"}
"""The header that asks for an answer without compression, whose size could be larger than it looks."""
_WELL_KNOWN = "/.well-known/openid-configuration"


class IssuerAway(Overloaded):
    """The issuer of the credential does not answer, so nobody is known by it for now."""


class IssuerRefused(Exception):
    """The issuer answered that what was sent is not good, as a code that was used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuerMetadata:
    """The metadata that an issuer publishes of itself (OpenID Connect Discovery 1.0, section 3; RFC 8414)."""

    jwks_uri: str
    authorization_endpoint: str | None = None
    token_endpoint: str | None = None
    end_session_endpoint: str | None = None
    token_auth_methods: frozenset[str] = frozenset({"client_secret_basic"})


class IssuerClient:
    """The client of one issuer."""

    def __init__(self, issuer: Issuer, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the issuer, and a clock in seconds that never goes back.

        Raises:
            ConfigurationError: the file of its certification authorities or the secret that is shared with it cannot be used.
        """
        self.issuer = issuer
        self.secret = _secret(issuer)
        self._clock = clock
        self._trust = _trust(issuer)
        self._metadata: IssuerMetadata | None = None
        self._metadata_at = 0.0
        self._keys: KeySet | None = None
        self._keys_at = 0.0
        self._asked_at: float | None = None
        self._one_at_a_time = asyncio.Lock()

    async def metadata(self) -> IssuerMetadata:
        """Return what the issuer publishes of itself.

        Raises:
            IssuerAway: it was never read, and the issuer does not answer as one does.
        """
        if self._metadata is not None and (self._is_young(self._metadata_at) or self._one_at_a_time.locked()):
            return self._metadata
        async with self._one_at_a_time:
            return await self._published()

    async def must_answer(self) -> None:
        """Require that the issuer answers now: what was read of it before says nothing of that.

        Raises:
            IssuerAway: it does not, or not in time.
        """
        url = self.issuer.url.rstrip("/") + _WELL_KNOWN
        status, _ = await self._ask("GET", url, {"Accept": "application/json"}, None, within_s=REACH_S)
        if status != httpx.codes.OK:
            raise IssuerAway(f"{self.issuer.title} answered with {status}.")

    async def key(self, kid: str | None) -> Key | None:
        """Return the issuer's key of this id, or its only one where a token names none; None: it has none such.

        Raises:
            IssuerAway: its keys were never read, and it does not answer as an issuer does.
        """
        if (found := self._known(kid)) is not None and (self._is_young(self._keys_at) or self._one_at_a_time.locked()):
            # While one call has old keys read again, the others go by them.
            return found
        async with self._one_at_a_time:
            if (again := self._known(kid)) is None or not self._is_young(self._keys_at):
                await self._read_keys()
                again = self._known(kid)
            if again is None and self._keys is None:
                raise IssuerAway(f"{self.issuer.title} does not answer.")
            return again

    async def end_session_endpoint(self) -> str | None:
        """Return the address at which the issuer ends its own sessions; None: it has none, or does not answer."""
        try:
            return (await self.metadata()).end_session_endpoint
        except IssuerAway as error:
            log.warning("issuer_away", issuer=self.issuer.name, detail=error.detail)
            return None

    def logout_address(self, endpoint: str, *, id_token: str | None, back: str, state: str) -> str:
        """Return the address that a browser is sent to (OpenID Connect RP-Initiated Logout 1.0, section 2)."""
        given = {
            "id_token_hint": id_token,
            "client_id": self.issuer.client_id,
            "post_logout_redirect_uri": back,
            "state": state,
        }
        return str(add_params_to_uri(endpoint, [(name, value) for name, value in given.items() if value is not None]))

    async def tokens_for(self, url: str, headers: Mapping[str, str], body: str) -> Mapping[str, Any]:
        """Return the answer of the token endpoint.

        Raises:
            IssuerRefused: it refuses the code.
            IssuerAway: it does not answer as an issuer does.
        """
        status, answer = await self._ask("POST", url, headers, body.encode())
        if 400 <= status < 500:
            raise IssuerRefused
        if status != httpx.codes.OK:
            raise IssuerAway(f"{self.issuer.title} answered with {status}.")
        return self._object(answer)

    def _is_young(self, read_at: float) -> bool:
        return self._clock() - read_at < AGE_S

    async def _published(self) -> IssuerMetadata:
        if self._metadata is None or not self._is_young(self._metadata_at):
            try:
                self._metadata = self._checked(await self._get(self.issuer.url.rstrip("/") + _WELL_KNOWN))
            except IssuerAway:
                if self._metadata is None:
                    raise
            # What is kept counts as read: an issuer that is away is not asked by every call.
            self._metadata_at = self._clock()
        return self._metadata

    async def _read_keys(self) -> None:
        """Read the key set, unless that was tried a moment ago; without an answer the one that there is stays."""
        now, pause_s = self._clock(), UNKNOWN_KEY_S if self._keys is not None else AGAIN_S
        if self._asked_at is not None and now - self._asked_at < pause_s:
            return
        self._asked_at = now
        try:
            keys = _usable(await self._get((await self._published()).jwks_uri))
        except IssuerAway as error:
            log.warning("issuer_away", issuer=self.issuer.name, detail=error.detail)
            return
        if not keys:
            log.warning("issuer_without_keys", issuer=self.issuer.name)
            return
        self._keys, self._keys_at = KeySet(keys), now

    def _known(self, kid: str | None) -> Key | None:
        keys = self._keys.keys if self._keys is not None else []
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.kid == kid), None)

    def _checked(self, published: Mapping[str, Any]) -> IssuerMetadata:
        """Return what is published, if it is this issuer's and leads nowhere else than it may."""
        if published.get("issuer") != self.issuer.url:
            raise IssuerAway(f"{self.issuer.title} publishes another issuer than the one that is configured.")
        found: dict[str, str | None] = {}
        for name in ("jwks_uri", "authorization_endpoint", "token_endpoint", "end_session_endpoint"):
            url = published.get(name)
            if url is not None and (not isinstance(url, str) or self._leads_astray(url)):
                raise IssuerAway(f"{self.issuer.title} publishes a {name} that is not called.")
            found[name] = url
        if (jwks_uri := found.pop("jwks_uri")) is None:
            raise IssuerAway(f"{self.issuer.title} publishes no keys.")
        methods = published.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        known = frozenset(one for one in methods if isinstance(one, str)) if isinstance(methods, list) else frozenset()
        return IssuerMetadata(jwks_uri=jwks_uri, token_auth_methods=known, **found)

    def _leads_astray(self, url: str) -> bool:
        """Whether an address is none that may be called; an issuer elsewhere never leads to this machine."""
        return url_fault(url) is not None or (
            self.issuer.url.startswith("https:") and not url.lower().startswith("https:")
        )

    async def _get(self, url: str) -> Mapping[str, Any]:
        status, answer = await self._ask("GET", url, {"Accept": "application/json"}, None)
        if status != httpx.codes.OK:
            raise IssuerAway(f"{self.issuer.title} answered with {status}.")
        return self._object(answer)

    async def _ask(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, *, within_s: float = ANSWER_S
    ) -> tuple[int, bytes]:
        try:
            async with (
                asyncio.timeout(within_s),
                httpx.AsyncClient(
                    verify=self._trust, follow_redirects=False, trust_env=False, timeout=within_s
                ) as http,
                http.stream(method, url, headers={**headers, **_PLAIN}, content=body) as answer,
            ):
                if answer.headers.get("content-encoding", "identity") != "identity":
                    raise IssuerAway(f"{self.issuer.title} answered with what was not asked for.")
                read = bytearray()
                async for part in answer.aiter_raw():
                    read += part
                    if len(read) > MOST_BYTES:
                        raise IssuerAway(f"{self.issuer.title} answered with more than {MOST_BYTES} bytes.")
                return answer.status_code, bytes(read)
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise IssuerAway(f"{self.issuer.title} does not answer ({type(error).__name__}).") from error

    def _object(self, answer: bytes) -> Mapping[str, Any]:
        try:
            read = json.loads(answer)
        except (ValueError, RecursionError):
            read = None
        if not isinstance(read, dict):
            raise IssuerAway(f"{self.issuer.title} answered with no JSON object.")
        return read


def _usable(published: Mapping[str, Any]) -> list[Key]:
    """Return the keys that tokens may be signed with: public, asymmetric, long enough, not meant for anything else."""
    keys: list[Key] = []
    listed = published.get("keys")
    for one in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("kty") not in {"RSA", "EC", "OKP"} or one.get("use", "sig") != "sig":
            continue
        try:
            if one["kty"] == "RSA" and 8 * len(urlsafe_b64decode(f"{one['n']}==")) < LEAST_RSA_BITS:
                continue
            key = JWKRegistry.import_key(one)
            key.ensure_kid()
        except (JoseError, ValueError, TypeError, KeyError):
            # One key that cannot be used does not take the others away.
            continue
        keys.append(key)
    return keys


def _secret(issuer: Issuer) -> str | None:
    if issuer.client_secret is None:
        return None
    try:
        secret = resolved(issuer.client_secret, os.environ)
    except SecretFault as error:
        raise ConfigurationError((f"security.issuers {issuer.name}: client_secret: {error}",)) from error
    observe.hide([secret])
    return secret


def _trust(issuer: Issuer) -> ssl.SSLContext:
    """Return what certificates are checked with, made once: it takes tens of milliseconds."""
    if issuer.ca_file is None:
        return httpx.create_ssl_context(trust_env=False)
    try:
        return ssl.create_default_context(cafile=str(issuer.ca_file))
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            (f"security.issuers {issuer.name}: ca_file {issuer.ca_file} cannot be used: {type(error).__name__}",)
        ) from error
