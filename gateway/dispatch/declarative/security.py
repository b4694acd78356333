"""WS-Security of a SOAP request: a username token with a password digest, and a timestamp."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from xml.sax.saxutils import escape

from gateway.contract import Occasion

_OASIS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-"
WSSE = f"{_OASIS}wssecurity-secext-1.0.xsd"
WSU = f"{_OASIS}wssecurity-utility-1.0.xsd"
_DIGEST = f"{_OASIS}username-token-profile-1.0#PasswordDigest"
_BINARY = f"{_OASIS}soap-message-security-1.0#Base64Binary"
LIFETIME = timedelta(seconds=60)
"""How long a request is good."""


def security_header(username: str, password: str, occasion: Occasion) -> str:
    """Return the `wsse:Security` element of one request."""
    created, expires = _moment(occasion.at), _moment(occasion.at + LIFETIME)
    # SHA-1 is what the profile prescribes; the transport is what protects.
    digest = sha1(occasion.nonce + created.encode() + password.encode(), usedforsecurity=False).digest()
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">'
        f"<wsse:UsernameToken><wsse:Username>{escape(username)}</wsse:Username>"
        f'<wsse:Password Type="{_DIGEST}">{b64encode(digest).decode()}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{_BINARY}">{b64encode(occasion.nonce).decode()}</wsse:Nonce>'
        f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
        f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
        "</wsse:Security>"
    )


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
