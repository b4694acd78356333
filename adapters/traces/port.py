"""The seam between the operations of TRACES and how they travel there.

What an operation says, and how its answer is read, knows no envelope, no header and no account: a `Port` carries it. Two
versions of the service are two ports with adapters of their own, live beside each other.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol

from lxml import etree

from gateway.contract import Occasion, Request, Response


def tags_of(namespace: str) -> Callable[[str], str]:
    """Return what gives the tags of a namespace's elements by their names: an answer is asked for dozens of them."""

    @lru_cache(maxsize=256)
    def tag(name: str) -> str:
        return f"{{{namespace}}}{name}"

    return tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """The namespaces in which one version of the service names its elements."""

    ched_namespace: str
    """Of the operations on CHEDs."""
    base_namespace: str
    """Of the parts that operations share."""
    ched: Callable[[str], str] = field(init=False, repr=False, compare=False)
    """Gives the tag of an element of the operations by its name."""
    base: Callable[[str], str] = field(init=False, repr=False, compare=False)
    """Gives the tag of an element of the shared parts by its name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "ched", tags_of(self.ched_namespace))
        object.__setattr__(self, "base", tags_of(self.base_namespace))


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
