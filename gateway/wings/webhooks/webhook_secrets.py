"""The secrets of webhooks: shown once, kept sealed, and what events are signed with (Standard Webhooks)."""

import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from standardwebhooks import Webhook as Signer

PREFIX = "whsec_"
_BYTES = 32


class WebhookSecrets:
    """The seal of the secrets, by the key that all replicas have."""

    def __init__(self, key: Callable[[], Awaitable[bytes]]) -> None:
        self._key = key

    async def new(self, webhook_id: str) -> tuple[str, bytes]:
        """Make a secret; return it as its owner gets it, and sealed for its webhook alone.

        Raises:
            StoreUnavailable: the key cannot be read.
        """
        secret = secrets.token_bytes(_BYTES)
        sealed = AESSIV(await self._key()).encrypt(secret, _context(webhook_id))
        return _shown(secret), sealed

    async def shown(self, webhook_id: str, sealed: bytes) -> str:
        """Return a sealed secret as its owner gets it.

        Raises:
            InvalidTag: it was not sealed for this webhook.
            StoreUnavailable: the key cannot be read.
        """
        return _shown(AESSIV(await self._key()).decrypt(sealed, _context(webhook_id)))

    async def signatures(self, webhook_id: str, sealed: tuple[bytes, ...]) -> "Signatures":
        """Return what signs with the secrets of a webhook.

        Raises:
            InvalidTag: one was not sealed for this webhook.
            StoreUnavailable: the key cannot be read.
        """
        seal = AESSIV(await self._key())
        return Signatures([Signer(seal.decrypt(one, _context(webhook_id))) for one in sealed])


class Signatures:
    """Signs events with one secret, or with two while the one before is good still."""

    def __init__(self, signers: list[Signer]) -> None:
        self._signers = signers

    def headers(self, message_id: str, at: datetime, body: str) -> dict[str, str]:
        """Return the headers by which a receiver verifies an event."""
        at = at.astimezone(UTC)
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": " ".join(one.sign(message_id, at, body) for one in self._signers),
        }


def _shown(secret: bytes) -> str:
    return PREFIX + b64encode(secret).decode()


def _context(webhook_id: str) -> list[bytes]:
    return [b"webhook secret", UUID(webhook_id).bytes]
