"""The reader of sessions: what a browser keeps of a sign-in, one cookie for the console and one for the portal.

Sessions are read for pages only: no call of `/v1` is known by a cookie, so no page elsewhere can have a browser make one.
"""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType

from gateway.access.callers import Caller, Proof
from gateway.access.gathered import GatheredLookups
from gateway.access.issuers import Issuers
from gateway.access.readers import CallHead
from gateway.access.subjects import caller_of
from gateway.domain.codec import decode, encode
from gateway.domain.errors import NotAuthenticated
from gateway.domain.permission import Role
from gateway.domain.subject import Room, Session, Subject
from gateway.settings import Security, SecurityMode
from gateway.store import Store

COOKIES: Mapping[Room, str] = MappingProxyType({Room.CONSOLE: "__Host-sw-console", Room.PORTAL: "__Host-sw-portal"})
"""`__Host-`: of this very host, over TLS (or on this machine), for all its paths; no other host can set one."""
ENDED: Mapping[Room, str] = MappingProxyType({room: f"{name}-ended" for room, name in COOKIES.items()})
"""The cookies of sessions that ended by a sign-out in this browser: what another of its windows sends then is kept for its person."""
DEMO = "demo"
"""The issuer of the demo people, who prove nothing; no configured one has the name."""
_OF_MACHINES = ("/v1/", "/metrics")
_CONSOLE = "/console"
_LONGEST = 100
_TOKEN_BYTES = 32
_DEMO_OFFICERS = ("first demo officer", "second demo officer")
_DEMO_TRADER = "demo trader"


class SignedOut(NotAuthenticated):
    """The session is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that is not over, with what the browser keeps of it."""

    session: Session
    secret: str

    @property
    def digest(self) -> bytes:
        """The digest under which it is stored."""
        return digest_of(self.secret)

    @property
    def caller(self) -> Caller:
        """The caller whose session it is."""
        subject = self.session.subject
        return caller_of(subject, Proof.NONE if subject.issuer == DEMO else Proof.SESSION)


class SessionReader:
    """The reader of sessions."""

    proof = Proof.SESSION

    def __init__(self, security: Security, store: Store, issuers: Issuers) -> None:
        self._store = store
        self._issuers = issuers
        self._guesses = GatheredLookups(store.sessions.among)
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Go by these settings from now on."""
        self.security = security
        self._open = security.mode is SecurityMode.NONE
        self._idle = timedelta(seconds=security.sessions.idle_seconds)
        self._people = {one.name: one for one in demo_people(security).values()}

    async def persons(self, limit: int) -> Sequence[tuple[Subject, datetime]]:
        """Return the persons whom issuers proved, as long as that is kept, the last first; raise `StoreUnavailable`."""
        kept = timedelta(days=self.security.sessions.kept_days)
        return await self._store.sessions.persons(within=kept, limit=limit)

    async def read(self, head: CallHead) -> Caller | None:
        """Return whose session a page is asked for in; None: there is none, or it is no page.

        Raises:
            SignedOut: it is over.
            StoreUnavailable: whether it is cannot be found out now.
        """
        room = room_of(head.path)
        if room is None or COOKIES[room] not in head.cookies:
            return None
        if (found := await self.session(head, room)) is None:
            raise SignedOut("The session is over.")
        return found.caller

    async def session(self, head: CallHead, room: Room, *, noted: bool = True) -> OpenSession | None:
        """Return the session in a room; None: there is none that is not over. Raise `StoreUnavailable` as `read` does.

        Whether this is `noted` as its use is for whoever asks to say: an open page asks by itself.
        """
        secret = head.cookies.get(COOKIES[room])
        if not secret or len(secret) > _LONGEST or not secret.isascii():
            return None
        session = await self._store.sessions.use(digest_of(secret), idle=self._idle, noted=noted)
        if session is None or session.room is not room or not self._is_good(session.subject):
            return None
        return OpenSession(session=session, secret=secret)

    async def may_be_good(self, digest: bytes) -> bool:
        """Whether there is such a session, at a cost that many guesses share. Raise `StoreUnavailable` as `read` does."""
        return await self._guesses.has(digest)

    async def keep_draft(self, secret: str, room: Room, path: str, typed: Mapping[str, str]) -> bool:
        """Keep what was typed in a session that is over; False: there never was one. Raise `StoreUnavailable` as `read` does."""
        if len(secret) > _LONGEST or not secret.isascii():
            return False
        return await self._store.sessions.keep_draft(digest_of(secret), room, path, encode(dict(typed)).decode())

    async def carry_draft(self, before: str, secret: str) -> None:
        """Have a draft go on in its person's new session. Raise `StoreUnavailable` as `read` does."""
        await self._store.sessions.carry_draft(digest_of(before), digest_of(secret))

    async def draft(self, one: OpenSession, path: str) -> Mapping[str, str]:
        """Return what was kept for a page; empty: nothing. Raise `StoreUnavailable` as `read` does."""
        kept = await self._store.sessions.draft(one.digest, path) if one.session.has_draft else None
        return {} if kept is None else decode(kept, dict[str, str])

    async def drop_draft(self, one: OpenSession) -> None:
        """Erase what was kept: it is sent. Raise `StoreUnavailable` as `read` does."""
        await self._store.sessions.drop_draft(one.digest)

    async def known(self, name: str) -> Caller | None:
        """Return a demo person; whom issuers proved, the reader of tokens knows."""
        person = self._people.get(name) if self._open else None
        return None if person is None else caller_of(person, Proof.NONE)

    def _is_good(self, subject: Subject) -> bool:
        """Whether its issuer is there still, and gives such a role: sessions of before a change of settings end with it."""
        if subject.issuer == DEMO:
            return self._open and self._people.get(subject.name) == subject
        client = self._issuers.by_name(subject.issuer)
        return (
            client is not None and client.issuer.client_id is not None and subject.role in client.issuer.roles.values()
        )


def room_of(path: str) -> Room | None:
    """Return the room that a path belongs to; None: it is no page, but a call of a machine."""
    if path.startswith(_OF_MACHINES):
        return None
    return Room.CONSOLE if path == _CONSOLE or path.startswith(f"{_CONSOLE}/") else Room.PORTAL


def demo_people(security: Security) -> Mapping[str, Subject]:
    """Return the people whom anybody on this machine can play where nobody is asked who they are, by their value in a form."""
    officers = [
        Subject(
            issuer=DEMO,
            subject=person,
            name=f"{DEMO}:{person.replace(' ', '-')}",
            person=person,
            is_person=True,
            role=Role.OFFICER,
        )
        for person in _DEMO_OFFICERS
    ]
    trader = Subject(
        issuer=DEMO,
        subject=_DEMO_TRADER,
        name=f"{DEMO}:{_DEMO_TRADER.replace(' ', '-')}",
        person=_DEMO_TRADER,
        is_person=True,
        role=Role.TRADER,
        eoris=frozenset({security.demo_eori}),
    )
    return dict(zip(("first-officer", "second-officer", "trader"), (*officers, trader), strict=True))


def digest_of(secret: str) -> bytes:
    """Return under what a random secret of a browser is stored."""
    return sha256(secret.encode("utf-8", "surrogateescape")).digest()


def form_token(secret: str) -> str:
    """Return what a form has to bring back: whoever does not see our pages cannot know it, though the cookie comes by itself.

    It is masked, and another one on each page: the length of a compressed page says nothing of it (BREACH).
    """
    mask = secrets.token_bytes(_TOKEN_BYTES)
    return (mask + _masked(_form_digest(secret), mask)).hex()


def mark_of(secret: str, done: str) -> str:
    """Return what an address proves by that the same browser did something: a link from elsewhere cannot say it."""
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), f"done {done}".encode(), "sha256").hex()[:32]


def is_form_token(given: str, secret: str) -> bool:
    """Whether a form brings back its token, compared in constant time."""
    try:
        told = bytes.fromhex(given)
    except ValueError:
        return False
    mask, masked = told[:_TOKEN_BYTES], told[_TOKEN_BYTES:]
    return len(masked) == _TOKEN_BYTES and hmac.compare_digest(_masked(masked, mask), _form_digest(secret))


def _form_digest(secret: str) -> bytes:
    return hmac.digest(secret.encode("utf-8", "surrogateescape"), b"form", "sha256")


def _masked(text: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(text, mask, strict=True))
