"""The addresses at which webhooks may be called: public ones, over TLS, with no secret in them."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import parse_qsl, urlsplit

LONGEST = 2_000
_SECRET = re.compile(
    r"(^|[^a-z])(api[-_]?key|key|token|access[-_]?token|auth|authorization|bearer|secret|client[-_]?secret|password|passwd|pwd|"
    r"passphrase|credential|credentials|sig|signature|jwt|session|sessionid|code)($|[^a-z])"
)
"""Names of query parameters that hold secrets."""
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")
_LOCAL = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "localdomain", "arpa", "onion")
"""Last labels of names that never stand for a public address."""
_NAT64 = IPv6Network("64:ff9b::/96")
"""Where a network without IPv4 reaches it: the last 32 bits are the address."""
_UNICAST = IPv6Network("2000::/3")
_PRINTABLE = re.compile(r"[!-~]+")


class AddressRule(StrEnum):
    """Which rule an address breaks."""

    CHARACTERS = "characters"
    FORM = "form"
    """It is no address at all."""
    HTTPS = "https"
    USER = "user"
    FRAGMENT = "fragment"
    SECRET = "secret"
    """A parameter of it reads like one."""
    PORT = "port"
    HOST = "host"
    """Its host is no public one, or none that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressFault:
    """Why an address cannot be a webhook's."""

    rule: AddressRule
    sentence: str
    """With the remedy."""


def host_of(url: str) -> str:
    """Return the host of an address, as it is compared: in lower case, without brackets and the dot at the end."""
    return (urlsplit(url).hostname or "").rstrip(".")


def port_of(url: str) -> int:
    """Return the port that an address leads to."""
    port = urlsplit(url).port
    return 443 if port is None else port


def address_fault(url: str, *, allowed_hosts: Collection[str], ports: Collection[int]) -> AddressFault | None:
    """Return why an address cannot be a webhook's, with the remedy; None: it can, as far as can be told without asking for its name."""
    if not 1 <= len(url) <= LONGEST or not _PRINTABLE.fullmatch(url) or "\\" in url:
        return _fault(
            AddressRule.CHARACTERS,
            f"an address is written in 1 to {LONGEST} printable ASCII characters; write others in their encoded form",
        )
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").rstrip("."), 443 if parts.port is None else parts.port
    except ValueError:
        return _fault(AddressRule.FORM, "this is no address such as https://receiver.example/in")
    if parts.scheme != "https":
        return _fault(AddressRule.HTTPS, "an address begins with https://")
    if "@" in parts.netloc:
        return _fault(
            AddressRule.USER, "a user name or password does not stand in an address: verify the signature instead"
        )
    if "#" in url:
        return _fault(AddressRule.FRAGMENT, "an address has no fragment (#)")
    if named := sorted({name for name, _ in parse_qsl(parts.query, True) if _SECRET.search(name.lower())}):
        return _fault(
            AddressRule.SECRET,
            f"the query parameter {named[0]!r:.40} reads like a secret, and addresses stand in lists and logs: "
            "leave it out and verify the signature instead",
        )
    if port not in ports:
        return _fault(
            AddressRule.PORT,
            f"the port {port} is not one of those that may be called: {', '.join(map(str, sorted(ports)))}",
        )
    sentence = None if host in allowed_hosts else _host_fault(host)
    return None if sentence is None else _fault(AddressRule.HOST, sentence)


def _fault(rule: AddressRule, sentence: str) -> AddressFault:
    return AddressFault(rule=rule, sentence=sentence)


def _host_fault(host: str) -> str | None:
    literal = literal_of(host)
    if literal is not None:
        return None if is_public(literal) else "this host cannot be called from here: name one with a public address"
    labels = host.split(".")
    if len(labels) < 2 or labels[-1] in _LOCAL or not all(_LABEL.fullmatch(label) for label in labels):
        return "this host cannot be called from here: name one with a public address"
    if _NUMBER.fullmatch(labels[-1]):
        return "this host cannot be called from here: write an IPv4 address as four decimal numbers"
    return None


def literal_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host is; None: it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether an IP address is a public one of a single host; of one that stands for an IPv4 address, whether that is."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(IPv4Address(int(address) & 0xFFFFFFFF))
        # Tunnels (6to4, Teredo) end at hosts that nobody checked.
        if address not in _UNICAST or address.sixtofour or address.teredo or address.scope_id is not None:
            return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)
