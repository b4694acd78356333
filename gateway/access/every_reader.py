"""Every reader of credentials that a replica has, made of its settings and its database."""

from collections.abc import Sequence

from gateway.access.certificates import CertificateReader
from gateway.access.keys import KeyReader
from gateway.access.readers import CredentialReader
from gateway.settings import Settings
from gateway.store import Store


def readers_of(settings: Settings, store: Store) -> Sequence[CredentialReader]:
    """Return the readers of a replica, one of each kind; in which order they are asked, `Authenticator` knows."""
    security = settings.security
    return (KeyReader(security, store.keys), CertificateReader(security))
