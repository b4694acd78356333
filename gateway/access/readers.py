"""The readers of credentials in the head of a call: keys, tokens, certificates, sessions, all by this protocol."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from typing import Protocol

from gateway.access.callers import Caller, Proof
from gateway.settings import Security


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHead:
    """The head of a call, as far as it says who is calling."""

    method: str
    path: str
    headers: tuple[tuple[bytes, bytes], ...]
    """Their names in lower case, in their order; one that came twice stands twice."""
    address: str = ""
    """The caller's address, by a trusted proxy's `X-Forwarded-For` where there is one."""
    peer: str | None = None
    """The host at the other end of the connection, which no header changes; None: that is not known, and it is no proxy's."""

    @classmethod
    def of(
        cls,
        method: str,
        path: str,
        headers: Iterable[tuple[bytes, bytes]],
        *,
        address: str = "",
        peer: str | None = None,
    ) -> "CallHead":
        """Return the head of a call with these headers."""
        return cls(method=method, path=path, headers=tuple(headers), address=address, peer=peer)

    def values(self, name: bytes) -> tuple[bytes, ...]:
        """Return the values of every header with a name, which is given in lower case."""
        return tuple([value for given, value in self.headers if given == name])

    @property
    def api_key(self) -> str | None:
        """The first `X-API-Key`, as it was sent."""
        return next((str(value, "latin-1") for value in self.values(b"x-api-key")), None)

    @property
    def bearer(self) -> str | None:
        """The credential of the first `Authorization`, empty where that is no `Bearer`; None: there is no such header."""
        for value in self.values(b"authorization"):
            scheme, _, rest = str(value, "latin-1").partition(" ")
            return rest.strip() if scheme.lower() == "bearer" else ""
        return None

    @property
    def secret(self) -> str | None:
        """The text in the place of a key or a token: the first `X-API-Key`, else the bearer."""
        key = self.api_key
        return self.bearer if key is None else key

    @property
    def cookies(self) -> Mapping[str, str]:
        """The cookies; none where they cannot be read."""
        jar: SimpleCookie = SimpleCookie()
        try:
            for value in self.values(b"cookie"):
                jar.load(str(value, "latin-1"))
        except CookieError:
            return {}
        return {name: morsel.value for name, morsel in jar.items()}


class CredentialReader(Protocol):
    """A reader of one kind of credential. Whoever is in doubt is nobody."""

    @property
    def proof(self) -> Proof:
        """The kind that it reads: by it the readers stand in their order, and callers say how they are proven."""

    async def read(self, head: CallHead) -> Caller | None:
        """Return the caller whom a call's credential proves; None: the call brings no credential of this kind.

        Raises:
            NotAuthenticated: it brings one that is not good. No other reader is asked.
            StoreUnavailable, Overloaded: whether it is good cannot be found out now: the answer is 503.
        """

    async def known(self, name: str) -> Caller | None:
        """Return who a caller of this name is now, without a call of theirs; None: this reader knows nobody by that name.

        A name (`Caller.name`, in events `by.id`) is one reader's alone. So it is found out whether whoever ordered something may
        still order it when a second person approves; one whose access has ended is nobody.
        """

    def renew(self, security: Security) -> None:
        """Go by these settings from now on."""
