"""The ordered readers of credentials, by which callers are identified: key, token, certificate, session."""

from collections import OrderedDict
from collections.abc import Sequence
from hashlib import sha256

from gateway.access.callers import ANYBODY, Caller, Proof
from gateway.access.calls import WHO_MAY, Call
from gateway.access.keys import KeyReader
from gateway.access.own_address import own_origin, refuse_other_pages
from gateway.access.readers import CallHead, CredentialReader
from gateway.domain.actor import COMMAND_LINE, GATEWAY, Actor
from gateway.domain.errors import NotAuthenticated
from gateway.settings import Security, SecurityMode

_ORDER = (Proof.KEY, Proof.TOKEN, Proof.CERTIFICATE, Proof.SESSION)
_REMEMBERED = 10_000


class NothingShown(NotAuthenticated):
    """The call brings no credential at all."""


class Authenticator:
    """The authenticator, which identifies callers by what they show: the first reader that finds a credential decides."""

    def __init__(self, security: Security, readers: Sequence[CredentialReader] = ()) -> None:
        """Take the settings, and the readers beside the one of configured keys; a `KeyReader` among them takes its place."""
        keys = next((reader for reader in readers if isinstance(reader, KeyReader)), None)
        self._keys = keys or KeyReader(security)
        others = [reader for reader in readers if reader is not keys]
        self._readers: tuple[CredentialReader, ...] = tuple(
            sorted((self._keys, *others), key=lambda reader: _ORDER.index(reader.proof))
        )
        self._last: OrderedDict[bytes, Caller] = OrderedDict()
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Go by these settings from now on, and by no other."""
        self._open = security.mode is SecurityMode.NONE
        self._public_url = security.public_url
        for reader in self._readers:
            reader.renew(security)

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked for a credential."""
        return self._open

    def refuse_other_pages(self, head: CallHead) -> None:
        """Require that no page of another site makes a call where nobody is asked for a credential.

        Raises:
            AddressUnknown: it came under a name that is none of this machine's.
            ElsewhereSent: it came from such a page.
        """
        if not self._open:
            return
        hosts, origins, sites = [
            [str(value, "latin-1") for value in head.values(name)] for name in (b"host", b"origin", b"sec-fetch-site")
        ]
        refuse_other_pages(own_origin(self._public_url, hosts), origins, sites)

    async def caller(self, head: CallHead) -> Caller:
        """Return the caller whom a call's credentials prove.

        Where nobody is asked for one, only a session counts: by it a person plays one of several.

        Raises:
            NothingShown: there is no credential.
            NotAuthenticated: the first one found is not good.
            StoreUnavailable, Overloaded: whether it is good cannot be found out now.
        """
        for reader in self._readers:
            if self._open and reader.proof is not Proof.SESSION:
                continue
            if (found := await reader.read(head)) is not None:
                if found.maker is not None:
                    found = await self._inside(found, found.maker)
                self._remember(head, found)
                return found
        if self._open:
            return ANYBODY
        if head.bearer:
            raise NotAuthenticated("The key is not known.")
        raise NothingShown("A key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`.")

    def remembered(self, head: CallHead) -> Caller | None:
        """Return whose key a call shows, as far as that is known without asking anybody: by it a call may be refused, never let in.

        Of a key or token that is not in the configuration it is who it last proved.
        """
        if self._open:
            return None
        if (found := self._keys.configured(head)) is not None:
            return found
        digest = _digest(head)
        return self._last.get(digest) if digest is not None else None

    def forget(self, head: CallHead) -> None:
        """Forget whose key a call shows: it is good no more."""
        if (digest := _digest(head)) is not None:
            self._last.pop(digest, None)

    async def may_be_good(self, head: CallHead) -> bool:
        """Whether what a call shows may prove somebody, at a cost that many guesses share.

        Raises:
            StoreUnavailable, Overloaded: it cannot be found out now.
        """
        return not head.secret or self.remembered(head) is not None or await self._keys.is_worth_reading(head)

    @property
    def taken(self) -> frozenset[str]:
        """The names that callers have by the configuration: no other key may have one of them."""
        return self._keys.taken

    async def knows(self, actor: Actor, call: Call) -> bool:
        """Whether an earlier actor could act now: the access is there still, is the same person's, and may make the call."""
        if actor.id in _OF_THIS_MACHINE:
            # No key has such a name.
            return True
        caller = await self._known(actor.id)
        if caller is None or caller.proven is not actor.proven or caller.roles.isdisjoint(WHO_MAY[call]):
            return False
        if actor.asserted_by is not None:
            return caller.asserts_officers
        return not actor.proven or caller.actor() == actor

    async def now(self, name: str) -> Caller | None:
        """Return who the caller of a name is at this moment, without a call of theirs; None: nobody has that access now.

        Raises:
            StoreUnavailable, Overloaded: it cannot be found out now.
        """
        return await self._known(name)

    async def ended(self, name: str) -> bool:
        """Whether an access that nobody has now never comes back; that of an issuer's subject does once they are proven anew.

        Raises:
            StoreUnavailable: it cannot be found out now.
        """
        return not is_subject(name) or await self._keys.ended(name)

    async def _known(self, name: str) -> Caller | None:
        for reader in self._readers:
            if self._open and reader.proof is not Proof.SESSION:
                continue
            if (found := await reader.known(name)) is not None:
                # A key that somebody made stands on who made it, and that one on nobody: it is asked for no further.
                return found if found.maker is None else found.within(await self._maker(found.maker))
        return ANYBODY if self._open else None

    async def _inside(self, caller: Caller, maker: str) -> Caller:
        """Return a caller as far as who made its key has that access now.

        Raises:
            NotAuthenticated: they have none of it any more.
        """
        found = caller.within(await self._maker(maker))
        if found is None:
            raise NotAuthenticated("The key ended with the access of whoever made it: ask them for a new one.")
        return found

    async def _maker(self, name: str) -> Caller | None:
        for reader in self._readers:
            if (found := await reader.known(name)) is not None:
                return found
        return None

    def _remember(self, head: CallHead, caller: Caller) -> None:
        if caller.proof not in _BY_SECRET or self._keys.is_configured(caller):
            return
        digest = _digest(head)
        if digest is not None:
            self._last[digest] = caller
            self._last.move_to_end(digest)
            if len(self._last) > _REMEMBERED:
                self._last.popitem(last=False)


_BY_SECRET = frozenset({Proof.KEY, Proof.TOKEN})
"""The proofs whose header has the digest by which a caller is remembered."""
_OF_THIS_MACHINE = frozenset({GATEWAY.id, COMMAND_LINE})
"""The actors without a call: whoever has the machine has the database, too."""


def is_subject(name: str) -> bool:
    """Whether a caller's name is that of an issuer's subject, or begins with it: no key's own name has a colon."""
    return ":" in name


def _digest(head: CallHead) -> bytes | None:
    secret = head.secret
    return sha256(secret.encode("utf-8", "surrogateescape")).digest() if secret else None
