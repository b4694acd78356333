"""The seam between the operations of TRACES and how they travel there.

What an operation says, and how its answer is read, knows no envelope, no header and no account: a `Port` carries it. Two
versions of the service are two ports with adapters of their own, live beside each other.
"""

from dataclasses import dataclass
from typing import Protocol

from lxml import etree

from gateway.contract import Occasion, Request, Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The namespaces in which one version of the service names its elements."""

    ched_namespace: str
    """Of the operations on CHEDs."""
    base_namespace: str
    """Of the parts that operations share."""

    def ched(self, name: str) -> str:
        """Return the tag of an element of the operations."""
        return f"{{{self.ched_namespace}}}{name}"

    def base(self, name: str) -> str:
        """Return the tag of an element of the shared parts."""
        return f"{{{self.base_namespace}}}{name}"


@dataclass(frozen=True, slots=True)
class Payload:
    """What an operation asks or orders."""

    operation: str
    """The name of its element."""
    content: str
    """The element, which declares its own prefixes."""


class Port(Protocol):
    """A way to the operations of one version of the service."""

    @property
    def names(self) -> Names:
        """The names of that version's elements."""
        ...

    def request(self, payload: Payload, *, office: str, occasion: Occasion) -> Request:
        """Make the request that carries an operation's payload for a customs office."""
        ...

    def answer(self, response: Response, *, office: str, occasion: Occasion) -> etree._Element:
        """Return the payload of the answer to the request of that office and occasion.

        Raises:
            UnexpectedAnswer: it is a fault, the answer to another request, or no answer.
            AccessRefused: the account is not accepted.
            Unavailable: the service failed without saying anything.
        """
        ...

    def pushed(self, body: bytes) -> etree._Element:
        """Return the payload of a message that the service sends by itself.

        Raises:
            UnexpectedAnswer: it is no such message.
        """
        ...
