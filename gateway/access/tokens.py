"""The reader of access tokens (RFC 9068): `Authorization: Bearer TOKEN`, signed by a configured issuer for this gateway."""

import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta

import structlog

from gateway.access.callers import Caller, Proof
from gateway.access.issuers import Issuers
from gateway.access.keys import is_token
from gateway.access.readers import CallHead
from gateway.access.signed_tokens import ACCESS, TokenFault, TokenRefused, issuer_named, verified
from gateway.access.subjects import NoRoleHere, caller_of, subject_of
from gateway.domain.subject import Subject
from gateway.settings import Security
from gateway.store import Store

log = structlog.get_logger(__name__)

NOTED_S = 600.0
"""The least seconds between two notes in one process of what an issuer says of the same subject, unless it says something else."""
_REMEMBERED = 10_000


class TokenReader:
    """The reader of access tokens."""

    proof = Proof.TOKEN

    def __init__(
        self,
        security: Security,
        store: Store,
        issuers: Issuers,
        *,
        known_for: timedelta,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take how long a subject counts as known without showing a token, and the clock that tokens are held against."""
        self._store = store
        self._issuers = issuers
        self._known_for = known_for
        self._clock = clock
        self._noted: OrderedDict[str, tuple[Subject, float]] = OrderedDict()
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Take tokens of these issuers from now on, and of no other."""
        self._skew_s = security.clock_skew_seconds
        self._issuers.renew(security)

    async def read(self, head: CallHead) -> Caller | None:
        """Return the caller whom an access token proves; None: there is none.

        Raises:
            TokenRefused: it is not good.
            NoRoleHere: it is, and gives no role here.
            IssuerAway: whether it is cannot be found out now.
        """
        token = head.bearer if head.api_key is None else None
        if not token or not is_token(token):
            return None
        client = self._issuers.by_url(issuer_named(token))
        if client is None or (audience := client.issuer.audience) is None:
            raise TokenRefused(TokenFault.ISSUER)
        good = await verified(token, client, ACCESS, audience=audience, now=self._clock, skew_s=self._skew_s)
        try:
            subject = subject_of(good.claims, client.issuer)
        except NoRoleHere as error:
            log.warning("no_role_here", issuer=client.issuer.name, subject=error.subject, reason=error.reason)
            raise
        await self._note(subject)
        return caller_of(subject, Proof.TOKEN)

    async def known(self, name: str) -> Caller | None:
        """Return who a subject is by what its issuer said last, by a token or at a sign-in."""
        if self._issuers.by_name(name.partition(":")[0]) is None:
            return None
        subject = await self._store.sessions.proven(name, within=self._known_for)
        return None if subject is None else caller_of(subject, Proof.TOKEN)

    async def _note(self, subject: Subject) -> None:
        """Note a subject in the database, once in a while: another replica may have to know who ordered something."""
        now = self._clock()
        before, at = self._noted.get(subject.name, (None, 0.0))
        if before == subject and 0 <= now - at < NOTED_S:
            return
        await self._store.sessions.prove(subject)
        self._noted[subject.name] = (subject, now)
        self._noted.move_to_end(subject.name)
        if len(self._noted) > _REMEMBERED:
            self._noted.popitem(last=False)
