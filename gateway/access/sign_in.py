"""Sign-in and sign-out of persons by OpenID Connect: authorization code with PKCE, back-channel logout, logout at the issuer."""

import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError

from gateway.access.issuer import IssuerAway, IssuerClient, IssuerMetadata, IssuerRefused
from gateway.access.issuers import Issuers
from gateway.access.sessions import DEMO, OpenSession, SessionReader, demo_people, digest_of
from gateway.access.signed_tokens import IDENTITY, LOGOUT, TokenFault, TokenKind, TokenRefused, issuer_named, verified
from gateway.access.subjects import NoRoleHere, subject_of
from gateway.domain.errors import NotAuthenticated, NotKnown
from gateway.domain.subject import BegunSignIn, Errand, Room, Subject
from gateway.settings import Security, SecurityMode
from gateway.store import Store

log = structlog.get_logger(__name__)

BEGUN_FOR = timedelta(minutes=10)
"""The time that a person may take at the issuer."""
_LOGGED_OUT = "http://schemas.openid.net/event/backchannel-logout"
_LONGEST = 2_000
"""Characters of what an issuer sends a browser back with."""
_LONGEST_ID_TOKEN = 8_000
"""Characters of an ID token that is kept for sign-out; a longer one does not fit into an address."""


class SignInEnded(NotAuthenticated):
    """The sign-in has ended: it was used, is over, was begun elsewhere, or its issuer refused it."""

    def __init__(self, reason: str) -> None:
        super().__init__("That sign-in has ended. Start again.")
        self.reason = reason


class LogoutRefused(Exception):
    """The text that was sent is no logout token of an issuer; the text says why, for the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A sign-in that succeeded."""

    secret: str
    """The secret that the browser keeps."""
    room: Room
    target: str
    lasts: timedelta


class SignIn:
    """The sign-in of persons: every step of it, without the pages around."""

    def __init__(
        self, sessions: SessionReader, store: Store, issuers: Issuers, *, clock: Callable[[], float] = time.time
    ) -> None:
        """Take what reads the sessions that are begun here, and the clock that tokens are held against."""
        self._sessions = sessions
        self._store = store
        self._issuers = issuers
        self._clock = clock

    @property
    def _security(self) -> Security:
        """The settings in force."""
        return self._sessions.security

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return self._security.mode is SecurityMode.NONE

    @property
    def issuers(self) -> Mapping[str, str]:
        """The issuers by which persons sign in: what they call it, by name. None where nobody is asked."""
        return {} if self.is_open else {one.issuer.name: one.issuer.title for one in self._issuers.of_sign_in}

    @property
    def contacts(self) -> tuple[str, ...]:
        """Whom persons ask who have trouble with it, each once."""
        return tuple(dict.fromkeys(one.issuer.contact for one in self._issuers.of_sign_in))

    async def begin(self, name: str, *, browser: str, target: str, back: str) -> str:
        """Begin a sign-in; return the issuer's address to send the browser to.

        Args:
            name: the issuer's.
            browser: what the browser keeps meanwhile.
            target: where the person wants to go, a path here.
            back: the address here that the issuer sends the browser to.

        Raises:
            NotKnown: nobody signs in by such an issuer.
            IssuerAway: it does not answer.
            StoreUnavailable: the database does not answer.
        """
        client = self._client(name)
        metadata = await client.metadata()
        if metadata.authorization_endpoint is None:
            raise NotKnown(f"{client.issuer.title} signs nobody in.")
        await client.must_answer()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        begun = BegunSignIn(kind=Errand.SIGN_IN, issuer=name, nonce=nonce, verifier=verifier, target=target)
        await self._store.sessions.begin_sign_in(digest_of(state), digest_of(browser), begun, lasts=BEGUN_FOR)
        return str(
            prepare_grant_uri(
                metadata.authorization_endpoint,
                client.issuer.client_id,
                "code",
                redirect_uri=back,
                scope=list(client.issuer.scopes),
                state=state,
                nonce=nonce,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def complete(self, answer: Mapping[str, str], *, browser: str, back: str) -> SignedIn:
        """Complete a sign-in with what the issuer sent the browser back with.

        Raises:
            SignInEnded: there is no such sign-in in this browser any more, or the issuer refused it.
            NoRoleHere: the person is known to the issuer, and nobody here.
            IssuerAway: the issuer does not answer; the sign-in has to be begun again.
            StoreUnavailable: the database does not answer.
        """
        state, code = answer.get("state", ""), answer.get("code", "")
        if not state or any(len(one) > _LONGEST for one in answer.values()):
            raise SignInEnded("it was sent back without its state")
        begun = await self._store.sessions.take_sign_in(Errand.SIGN_IN, digest_of(state), digest_of(browser))
        if begun is None:
            raise SignInEnded("it was used, is over, or was begun in another browser")
        client = self._client(begun.issuer)
        if "iss" in answer and answer["iss"] != client.issuer.url:
            # RFC 9207: the answer is another issuer's.
            raise SignInEnded("another issuer answered")
        if not code:
            raise SignInEnded("the issuer refused it")
        tokens = await self._tokens(client, await client.metadata(), begun, code, back)
        identity = await self._identity(client, begun, tokens)
        try:
            subject = subject_of(identity.claims, client.issuer)
        except NoRoleHere as error:
            log.warning("no_role_here", issuer=client.issuer.name, subject=error.subject, reason=error.reason)
            raise
        if not subject.is_person:
            raise NoRoleHere(client.issuer, subject.subject, "a machine signs in")
        sid = identity.claims.get("sid")
        raw = str(tokens["id_token"])
        return await self._signed_in(
            subject,
            begun.target,
            sid=sid if isinstance(sid, str) and 0 < len(sid) <= _LONGEST else None,
            id_token=raw if len(raw) <= _LONGEST_ID_TOKEN else None,
        )

    async def enter(self, person: str, target: str) -> SignedIn:
        """Sign a demo person in, where nobody is asked who they are.

        Raises:
            NotKnown: somebody is, or there is no such person.
            StoreUnavailable: the database does not answer.
        """
        subject = demo_people(self._security).get(person) if self.is_open else None
        if subject is None:
            raise NotKnown("There is no such person to play.")
        return await self._signed_in(subject, target)

    async def sign_out(self, one: OpenSession, *, everywhere: bool, back: str, browser: str) -> str | None:
        """End a session, or all of its person's; return the address at which the issuer ends its own.

        None: it has none, or does not answer. Here the session is over in any case.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        subject = one.session.subject
        if everywhere:
            await self._store.sessions.end_all(subject.issuer, subject.subject, by="person, everywhere")
        await self._store.sessions.end(one.digest, by="person")
        client = self._issuers.by_name(subject.issuer)
        if subject.issuer == DEMO or client is None or (address := await client.end_session_endpoint()) is None:
            return None
        try:
            await client.must_answer()
        except IssuerAway as error:
            log.warning("issuer_away", issuer=subject.issuer, detail=error.detail)
            return None
        state = secrets.token_urlsafe(32)
        begun = BegunSignIn(kind=Errand.SIGN_OUT, issuer=subject.issuer, target=back)
        await self._store.sessions.begin_sign_in(digest_of(state), digest_of(browser), begun, lasts=BEGUN_FOR)
        return client.logout_address(address, id_token=one.session.id_token, back=back, state=state)

    async def replaced(self, one: OpenSession) -> None:
        """End the session that another sign-in in the same browser takes the place of.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        await self._store.sessions.end(one.digest, by="another sign-in")

    async def end_session_address(self, one: OpenSession) -> str | None:
        """Return the address at which the issuer of a session ends its own; None: it has none, or does not answer."""
        client = self._issuers.by_name(one.session.subject.issuer)
        return None if client is None else await client.end_session_endpoint()

    async def signed_out_at(self, state: str, *, browser: str) -> str | None:
        """Return what the issuer is called that sent a browser back after it ended its own session; None: none said so.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        if not state or len(state) > _LONGEST:
            return None
        done = await self._store.sessions.take_sign_in(Errand.SIGN_OUT, digest_of(state), digest_of(browser))
        client = self._issuers.by_name(done.issuer) if done is not None else None
        return None if client is None else client.issuer.title

    async def logged_out(self, token: str) -> None:
        """End the sessions that an issuer says are over (OpenID Connect Back-Channel Logout 1.0, section 2.6).

        Raises:
            LogoutRefused: it is no logout token for this gateway.
            IssuerAway: whether it is one cannot be found out now.
            StoreUnavailable: the database does not answer.
        """
        try:
            client = self._issuers.by_url(issuer_named(token))
            if client is None or client.issuer.client_id is None:
                raise TokenRefused(TokenFault.ISSUER)
            claims = (await self._verified(token, client, LOGOUT)).claims
        except TokenRefused as error:
            raise LogoutRefused(error.reason) from error
        subject, sid, events = claims.get("sub"), claims.get("sid"), claims["events"]
        if not isinstance(events, dict) or not isinstance(events.get(_LOGGED_OUT), dict) or "nonce" in claims:
            raise LogoutRefused("it is no logout token")
        if (subject is None and sid is None) or not all(one is None or isinstance(one, str) for one in (subject, sid)):
            raise LogoutRefused("it names neither a subject nor a session")
        # A token that is sent once more ends nothing that began since.
        until = datetime.fromtimestamp(claims["iat"] + self._security.clock_skew_seconds, UTC)
        await self._store.sessions.end_at_issuer(client.issuer.name, subject=subject, sid=sid, until=until)
        log.info("signed_out_by_issuer", issuer=client.issuer.name)

    def _client(self, name: str) -> IssuerClient:
        client = self._issuers.by_name(name) if name in self.issuers else None
        if client is None:
            raise NotKnown("Nobody signs in by such an issuer.")
        return client

    async def _tokens(
        self, client: IssuerClient, metadata: IssuerMetadata, begun: BegunSignIn, code: str, back: str
    ) -> Mapping[str, Any]:
        if metadata.token_endpoint is None:
            raise SignInEnded("the issuer has no address for codes")
        body = prepare_token_request("authorization_code", code=code, redirect_uri=back, code_verifier=begun.verifier)
        auth = ClientAuth(client.issuer.client_id, client.secret or "", _method(client, metadata))
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        url, headers, body = auth.prepare("POST", metadata.token_endpoint, headers, body)
        try:
            tokens = await client.tokens_for(url, headers, body)
        except IssuerRefused as error:
            raise SignInEnded("the issuer does not take its code") from error
        if not isinstance(tokens.get("id_token"), str):
            raise SignInEnded("the issuer sent no ID token")
        return tokens

    async def _identity(self, client: IssuerClient, begun: BegunSignIn, tokens: Mapping[str, Any]) -> jwt.Token:
        try:
            good = await self._verified(tokens["id_token"], client, IDENTITY)
            if not hmac.compare_digest(str(good.claims.get("nonce")).encode(), begun.nonce.encode()):
                raise TokenRefused(TokenFault.AUDIENCE)
            expected = {
                "nonce": begun.nonce,
                "client_id": client.issuer.client_id,
                "access_token": tokens.get("access_token"),
            }
            CodeIDToken(good.claims, good.header, None, expected).validate(
                now=int(self._clock()), leeway=self._security.clock_skew_seconds
            )
        except TokenRefused as error:
            raise SignInEnded(f"an ID token {error.reason}") from error
        except JoseError as error:
            raise SignInEnded(f"an ID token {error.error}") from error
        return good

    async def _verified(self, token: str, client: IssuerClient, kind: TokenKind) -> jwt.Token:
        audience = client.issuer.client_id or ""
        return await verified(
            token, client, kind, audience=audience, now=self._clock, skew_s=self._security.clock_skew_seconds
        )

    async def _signed_in(
        self, subject: Subject, target: str, *, sid: str | None = None, id_token: str | None = None
    ) -> SignedIn:
        lasts = timedelta(seconds=self._security.sessions.absolute_seconds)
        # A new one with every sign-in: what a browser kept before it is worth nothing.
        secret = secrets.token_urlsafe(32)
        if subject.issuer != DEMO:
            await self._store.sessions.prove(subject)
        await self._store.sessions.begin(digest_of(secret), subject, lasts=lasts, sid=sid, id_token=id_token)
        log.info("signed_in", issuer=subject.issuer, name=subject.name, role=subject.role.value)
        return SignedIn(secret=secret, room=Room.of(subject.role), target=target, lasts=lasts)


def _method(client: IssuerClient, metadata: IssuerMetadata) -> str:
    if client.secret is None:
        return "none"
    known = metadata.token_auth_methods
    return (
        "client_secret_post"
        if "client_secret_post" in known and "client_secret_basic" not in known
        else "client_secret_basic"
    )
