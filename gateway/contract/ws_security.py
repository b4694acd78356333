"""WS-Security inside a SOAP message: a username token and a timestamp (contract 1.6).

By OASIS, Web Services Security UsernameToken Profile 1.1 and SOAP Message Security 1.1. The gateway knows how an adapter's
requests are authenticated by its manifest; this is what stands inside the message, and is the adapter's: its secret is one
of the manifest's `secrets`. Evidence shows neither the password nor the nonce.
"""

from base64 import b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha1

from gateway.contract.adapter import Occasion
from gateway.contract.xml_text import escaped, moment_text

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
"""Namespace of the header and of the token."""
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
"""Namespace of the timestamp."""
PASSWORD_DIGEST = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordDigest"
"""Type of a password of which the digest is told. Version 1.1 of the profile kept the name of 1.0."""
PASSWORD_TEXT = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0#PasswordText"
"""Type of a password that is told as it is."""
BASE64_BINARY = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#Base64Binary"
"""How the nonce is written."""
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"
"""Namespace of a SOAP 1.1 envelope."""
SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
"""Namespace of a SOAP 1.2 envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UsernameToken:
    """An account by which an authority knows us inside its messages."""

    username: str
    """The account's name."""
    password: str = field(repr=False)
    """Its password or key, one of the adapter's secrets."""
    as_text: bool = False
    """True: the password is told as it is (PasswordText), which only TLS protects; else by its digest."""
    lifetime: timedelta = timedelta(seconds=60)
    """How long a message is good, as its timestamp says."""
    must_understand: str | None = None
    """The envelope's namespace (`SOAP_11`, `SOAP_12`), for a service that wants the header marked `mustUnderstand`."""

    def __post_init__(self) -> None:
        if self.must_understand not in (None, SOAP_11, SOAP_12):
            raise ValueError("must_understand: the namespace of an envelope is needed, SOAP_11 or SOAP_12")

    def header(self, occasion: Occasion) -> str:
        """Gives the `wsse:Security` element of the message of an occasion, a text to stand in the envelope's header.

        It declares its own prefixes. Nonce and time are the occasion's: of a further request of an exchange take
        `occasion.nth(1)`, since a service takes no nonce twice.

        Raises:
            RequestRejected: username or password hold characters that XML cannot carry.
        """
        created, expires = moment_text(occasion.at), moment_text(occasion.at + self.lifetime)
        kind, told = PASSWORD_DIGEST, password_digest(occasion.nonce, created, self.password)
        if self.as_text:
            kind, told = PASSWORD_TEXT, escaped("Password", self.password)
        marked = "" if self.must_understand is None else f' xmlns:soap="{self.must_understand}" soap:mustUnderstand="1"'
        return (
            f'<wsse:Security xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"{marked}>'
            f"<wsse:UsernameToken><wsse:Username>{escaped('Username', self.username)}</wsse:Username>"
            f'<wsse:Password Type="{kind}">{told}</wsse:Password>'
            f'<wsse:Nonce EncodingType="{BASE64_BINARY}">{b64encode(occasion.nonce).decode()}</wsse:Nonce>'
            f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
            f"<wsu:Timestamp><wsu:Created>{created}</wsu:Created><wsu:Expires>{expires}</wsu:Expires></wsu:Timestamp>"
            "</wsse:Security>"
        )


def password_digest(nonce: bytes, created: str, password: str) -> str:
    """Gives Base64(SHA-1(nonce + created + password)), the texts as UTF-8: the form that the profile prescribes.

    Args:
        nonce: The bytes themselves, not their Base64.
        created: The token's moment, exactly as the message has it.
        password: The password or key that both sides know.
    """
    return b64encode(sha1(nonce + created.encode() + password.encode(), usedforsecurity=False).digest()).decode()
