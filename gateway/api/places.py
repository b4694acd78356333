"""SealedPlaces in lists as traders get them: sealed, since a number over all declarations would count what is not theirs.

Officers get them as they are. A sealed place is another text each time: whether two are the same is nobody's to see. Every replica reads
what any of them sealed.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable
from enum import StrEnum

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from gateway.access import Caller
from gateway.domain.errors import CallInvalid

LONGEST = 200
"""Characters of a sealed place, at most."""
_NONCE_BYTES = 16
_WIDTH = 88
"""Characters to which each place is filled up: its length tells nothing."""


class PlaceIn(StrEnum):
    """The lists that have places: one of one list is none of another."""

    NOTICES = "notices"
    NEWEST_NOTICES = "newest notices"
    DECLARATIONS = "declarations"
    APPLICATIONS = "applications"
    CERTIFICATE = "certificate"


class SealedPlaces:
    """Seals places for traders, and reads what it sealed."""

    def __init__(self, key: Callable[[], Awaitable[bytes]]) -> None:
        self._key = key

    async def written(self, caller: Caller, place_in: PlaceIn, place: str | None) -> str | None:
        """Return a place as a caller gets it; None: there is none.

        Raises:
            StoreUnavailable: the key cannot be read.
        """
        if place is None or not caller.sees_as_trader:
            return place
        nonce = secrets.token_bytes(_NONCE_BYTES)
        seal = AESSIV(await self._key())
        sealed = seal.encrypt(place.ljust(_WIDTH).encode(), [place_in.value.encode(), nonce])
        return urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    async def read(self, caller: Caller, place_in: PlaceIn, text: str | None) -> str | None:
        """Return the place that a caller's text names; None: they named none.

        Raises:
            CallInvalid: a trader's is none that was sealed for this list.
            StoreUnavailable: the key cannot be read.
        """
        if text is None or not caller.sees_as_trader:
            return text
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
            nonce, sealed = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
            opened = AESSIV(await self._key()).decrypt(sealed, [place_in.value.encode(), nonce])
        except (ValueError, InvalidTag):
            raise CallInvalid("This is no place of this list: take `next` of the page before, or begin anew.") from None
        return opened.decode().rstrip()

    async def number(self, caller: Caller, place_in: PlaceIn, text: str | None) -> int | None:
        """Return the number that a caller's text names; None: they named none.

        Raises:
            CallInvalid: it is none of this list.
            StoreUnavailable: the key cannot be read.
        """
        place = await self.read(caller, place_in, text)
        if place is None:
            return None
        if not (place.isascii() and place.isdigit() and len(place) <= len(str(10**17))):
            raise CallInvalid("cursor: it is none of this list; leave it out to begin anew.")
        return int(place)
