"""The reader of client certificates, which a proxy that ends TLS has checked and passes on (RFC 9440)."""

import binascii
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import UTC, datetime

import structlog
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.access.callers import Caller, Proof, caller_of
from gateway.access.networks import Networks
from gateway.access.readers import CallHead
from gateway.domain.errors import NotAuthenticated
from gateway.settings import Security

log = structlog.get_logger(__name__)

HEADER = b"client-cert"
_BYTES = re.compile(rb" *:([A-Za-z0-9+/]+={0,2}): *")
"""A byte sequence, as the one value of a structured field (RFC 9651, section 3.3.5)."""


class CertificateReader:
    """The reader of `Client-Cert`, from configured proxies and nobody else."""

    proof = Proof.CERTIFICATE

    def __init__(self, security: Security, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._clock = clock
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Take certificates from these proxies, and know these callers by them."""
        self._proxies = Networks(security.certificate_proxies)
        self._by_name = {one.name: caller_of(one, proof=Proof.CERTIFICATE) for one in security.certificates}
        self._by_fingerprint = {
            one.fingerprint: self._by_name[one.name] for one in security.certificates if one.fingerprint is not None
        }
        self._by_subject = {
            (one.issuer, one.subject): self._by_name[one.name]
            for one in security.certificates
            if one.subject is not None
        }

    async def read(self, head: CallHead) -> Caller | None:
        """Return the caller whose certificate a proxy passes on; None: it passes none on.

        Raises:
            NotAuthenticated: whoever brings it is no such proxy, it cannot be read, it is not valid now, or it is nobody's.
        """
        values = head.values(HEADER)
        if not values:
            return None
        if not self._proxies.have(head.peer):
            log.warning("certificate_from_no_proxy", peer=head.peer)
            raise NotAuthenticated(
                "A certificate counts only from a proxy of the gateway's own (security.certificate_proxies): "
                "call by way of it, or leave Client-Cert out."
            )
        certificate = _read(values)
        now = self._clock()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise NotAuthenticated("The certificate is not valid now: call with one that is.")
        found = self._by_fingerprint.get(certificate.fingerprint(SHA256()).hex())
        if found is None:
            found = self._by_subject.get((certificate.issuer.rfc4514_string(), certificate.subject.rfc4514_string()))
        if found is None:
            raise NotAuthenticated("The certificate is not known: ask the operator for a row in security.certificates.")
        return found

    async def known(self, name: str) -> Caller | None:
        """Return the caller of a configured row."""
        return self._by_name.get(name)


def _read(values: tuple[bytes, ...]) -> x509.Certificate:
    """Read the one certificate of a call, as far as it is looked at: what cannot be read is told before anything rests on it."""
    field = _BYTES.fullmatch(values[0]) if len(values) == 1 else None
    try:
        if field is None:
            raise ValueError("it is no byte sequence")
        certificate = x509.load_der_x509_certificate(b64decode(field[1], validate=True))
        for name in (certificate.issuer, certificate.subject):
            name.rfc4514_string()
        if certificate.not_valid_before_utc > certificate.not_valid_after_utc:
            raise ValueError("it is never valid")
    except (ValueError, TypeError, binascii.Error) as error:
        log.warning("certificate_not_readable", error=type(error).__name__)
        raise NotAuthenticated(
            "Client-Cert cannot be read: it is one certificate (DER) as a byte sequence between colons (RFC 9440, section 2.2)."
        ) from None
    return certificate
