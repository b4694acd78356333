"""WS-Security of a request: a username token with a password digest, and a timestamp."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1

from adapters.traces.elements import escaped, written

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
PASSWORD_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
BASE64_BINARY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
LIFETIME = timedelta(seconds=60)
"""How long a request is good; the service takes 60 to 120 seconds, and 30 seconds of difference between clocks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The account that the customs port knows us by; no account of another port is accepted there."""

    username: str
    authentication_key: str = field(repr=False)


def password_digest(nonce: bytes, created: str, authentication_key: str) -> str:
    """Return Base64(SHA-1(nonce + created + key)), the texts as UTF-8: the form that the profile prescribes."""
    return b64encode(
        sha1(nonce + created.encode() + authentication_key.encode(), usedforsecurity=False).digest()
    ).decode()


def security(account: Account, *, at: datetime, nonce: bytes) -> str:
    """Write the `wsse:Security` element of one request."""
    created, expires = written(at), written(at + LIFETIME)
    return (
        f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}">'
        f"<wsse:UsernameToken><wsse:Username>{escaped('Username', account.username)}</wsse:Username>"
        f'<wsse:Password Type="{PASSWORD_DIGEST}">{password_digest(nonce, created, account.authentication_key)}</wsse:Password>'
        f'<wsse:Nonce EncodingType="{BASE64_BINARY}">{b64encode(nonce).decode()}</wsse:Nonce>'
        f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
        f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
        "</wsse:Security>"
    )
