"""The actor of a call: its key, the person behind it, and whether either was proven."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """The actor of an act: a person by a key of theirs, a person whom a system names, or the gateway itself."""

    id: str
    """The name of the calling key; `gateway`, `command line`, or `anybody` where no key is required."""
    person: str
    """Who it is. Personal data: it stands in rows that can be erased, never in an event."""
    role: str
    asserted_by: str | None = None
    """The id of the system that says which person it is; None: the key is the person's own, or nobody says so."""
    proven: bool = True
    """Whether a key was presented; without one the person is what the caller says."""

    @property
    def named(self) -> bool:
        """Whether the person is known or named."""
        return self.proven or self.person != self.id

    def body(self) -> dict[str, Any]:
        """Return the members for events: id and role, who asserts the person, and that nothing is proven where so."""
        body: dict[str, Any] = {"id": self.id, "role": self.role}
        if self.asserted_by is not None:
            body["asserted_by"] = self.asserted_by
        if not self.proven:
            body["proven"] = False
        return body


GATEWAY = Actor(id="gateway", person="gateway", role="gateway")
"""The gateway itself: its periodic work and what falls due."""
ANYBODYS_ID = "anybody"
"""The id of all callers where the security mode asks for no key."""
COMMAND_LINE = "command line"
"""The id of the user of a command that writes to the database: an account of the machine proves no person."""


NOT_KEYS = frozenset({GATEWAY.id, ANYBODYS_ID, COMMAND_LINE})
"""Ids of those who act without a key: no key has such a name."""


def at_the_command_line(person: str | None) -> Actor:
    """Return the actor of a command on this machine: the officer that is named, not proven."""
    return Actor(id=COMMAND_LINE, person=person or COMMAND_LINE, role="operator", proven=False)


def actors_body(by: Actor, second: Actor | None = None) -> Mapping[str, Any]:
    """Return the members of an event's body that identify the actor and the second person."""
    return {"by": by.body()} if second is None else {"by": by.body(), "second": second.body()}
