"""Every reader of credentials that a replica has, made of its settings and its database."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.access.certificates import CertificateReader
from gateway.access.issuers import Issuers
from gateway.access.keys import KeyReader
from gateway.access.readers import CredentialReader
from gateway.access.sessions import SessionReader
from gateway.access.tokens import TokenReader
from gateway.settings import Settings
from gateway.store import Store


def readers_of(
    settings: Settings, store: Store, issuers: Issuers, sessions: SessionReader
) -> Sequence[CredentialReader]:
    """Return the readers of a replica, one of each kind; in which order they are asked, `Authenticator` knows."""
    security = settings.security
    known_for = timedelta(hours=settings.approval_hours)
    return (
        KeyReader(security, store.keys),
        TokenReader(security, store, issuers, known_for=known_for),
        CertificateReader(security),
        sessions,
    )
