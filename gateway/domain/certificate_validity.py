"""The validity of a configured file of certificates, for its renewal in time."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateValidity:
    """The time for which all certificates of one file are valid."""

    name: str
    """The configuration's key that names the file, as `adapters.traces.client_certificate`."""
    begins: datetime | None = None
    """When the last of them begins; None: the file cannot be read."""
    ends: datetime | None = None
    """When the first of them ends."""
    fault: str | None = None
    """Why it cannot be used; None: nothing was found against it."""
