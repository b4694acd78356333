"""WS-Security of a request: a username token with a password digest, and a timestamp."""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha1

from lxml import etree

from adapters.traces.elements import written

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
    """Gives Base64(SHA-1(nonce + created + key)), the texts as UTF-8: the form that the profile prescribes."""
    return b64encode(
        sha1(nonce + created.encode() + authentication_key.encode(), usedforsecurity=False).digest()
    ).decode()


def add_security(header: etree._Element, account: Account, *, at: datetime, nonce: bytes) -> None:
    """Adds the `wsse:Security` element of one request to a SOAP header."""
    created, expires = written(at), written(at + LIFETIME)
    security = etree.SubElement(header, f"{{{WSSE}}}Security", nsmap={"wsse": WSSE, "wsu": WSU})
    token = etree.SubElement(security, f"{{{WSSE}}}UsernameToken")
    etree.SubElement(token, f"{{{WSSE}}}Username").text = account.username
    password = etree.SubElement(token, f"{{{WSSE}}}Password", Type=PASSWORD_DIGEST)
    password.text = password_digest(nonce, created, account.authentication_key)
    etree.SubElement(token, f"{{{WSSE}}}Nonce", EncodingType=BASE64_BINARY).text = b64encode(nonce).decode()
    etree.SubElement(token, f"{{{WSU}}}Created").text = created
    timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    etree.SubElement(timestamp, f"{{{WSU}}}Created").text = created
    etree.SubElement(timestamp, f"{{{WSU}}}Expires").text = expires
