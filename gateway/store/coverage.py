"""How every column of every table is covered: what events tell of it, what it repeats, or why nothing rests on it.

This is the one list. `gateway audit verify` goes by it, docs/audit.md shows it, and a test changes every column that the
database has: a column that is not listed here, or that is listed as covered and is not, fails it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, TypeAlias

from gateway.domain.codec import decode
from gateway.domain.contingency import DecidedInside
from gateway.domain.decision import NumberedDecision
from gateway.domain.movement import Movement
from gateway.domain.seals import words_digest
from gateway.store import covering
from gateway.store.rows import Row, inside_columns, movement_columns

Columns: TypeAlias = Mapping[str, Any]


class Form(Enum):
    """How an event tells what a column holds."""

    PLAIN = "as it is"
    DIGEST = "by digest"
    WORDS = "by salted digest"
    """Words of people: the salt stands in the row, in the column `salt` or in the one that is named after the words."""


PLAIN, DIGEST, WORDS = Form


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table, each column of which stands in exactly one of its members."""

    name: str
    key: tuple[str, ...] = ()
    """The columns by which events name a row."""
    told: Mapping[str, Form] = field(default_factory=dict)
    """The columns of which events tell."""
    untold: Columns = field(default_factory=dict)
    """What such a column holds as long as no event tells of it, where that is not NULL."""
    repeated: tuple[str, ...] = ()
    """Columns that repeat what the row's body says, so that they can be asked for."""
    repeats: Callable[[str], Columns] | None = None
    """Gives those columns of a body."""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    """Columns that are compared with something else, each with what that is."""
    working: Mapping[str, str] = field(default_factory=dict)
    """Columns that no decision and no order rests on, each with the reason why a change of it is not looked for."""

    def place(self, row: Row) -> str:
        """Gives the place of a row, as events name it."""
        return covering.place(self.name, *(row[column] for column in self.key))

    def tells(self, row: Row) -> dict[str, Any]:
        """Gives what an event would tell of a row as it stands."""
        return {column: _told(row, column, form) for column, form in self.told.items()}

    def columns(self) -> dict[str, str]:
        """Gives every column with how it is covered, in words; of working state the reason why it is not."""
        body = "compared with what `body` says"
        return {
            **dict.fromkeys(self.key, "in the name by which events tell of the row"),
            **{column: f"told by events, {form.value}" for column, form in self.told.items()},
            **dict.fromkeys(self.repeated, body),
            **self.otherwise,
            **{column: f"working state: {reason}" for column, reason in self.working.items()},
        }


def _told(row: Row, column: str, form: Form) -> Any:
    value = row[column]
    if value is None:
        return None
    if form is WORDS:
        salt = row["salt" if "salt" in row else f"{column}_salt"]
        return words_digest(salt, value) if salt is not None else None
    if form is DIGEST:
        return covering.digest(" ".join(value) if isinstance(value, list) else value)
    return covering.utc(value).isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


_ITS_CHAIN = {"declaration_id": "the rows of a declaration are compared with its chain"}
_SALT = "the digest of the words is made with it"
_LEASE = "who works on it until when; every commit of a holder is judged by the chain's end"
_WHEN = "when it is looked at next: what is then found is decided and told anew"

DECLARATION = Table(
    name="declaration",
    told={
        "declarant": DIGEST,
        "lrn": PLAIN,
        "mrn": PLAIN,
        "direction": PLAIN,
        "kind": PLAIN,
        "eoris": DIGEST,
        "received_at": PLAIN,
        "accepted_at": PLAIN,
        "current_version": PLAIN,
        "decision_count": PLAIN,
        "invalidating": PLAIN,
        "ended": PLAIN,
        "confirmed": PLAIN,
        "released": DIGEST,
        "given_back": PLAIN,
        "gave_up": PLAIN,
    },
    untold={"decision_count": 0, "invalidating": False, "confirmed": False, "given_back": False},
    otherwise={
        "id": "its chain, and all rows of the declaration, are found by it",
        "number": "compared with the rows of its parties",
        "event_seq": "compared with the end of the chain",
        "event_head": "compared with the end of the chain",
    },
    working={
        "wanted": "how often work was asked for",
        "taken": "how much of that was taken up",
        "hinted": "another look is wanted, whatever was received",
        "due_at": _WHEN,
        "look_due_at": _WHEN,
        "unsettled": "something is looked up at an authority again; what is in doubt is told of movements",
        "holding_since": "from when on an abandoned reservation is given back; what is held is told of movements",
        "lease_owner": _LEASE,
        "lease_token": _LEASE,
        "lease_until": _LEASE,
    },
)


def _decision_columns(body: str) -> Columns:
    numbered = decode(body, NumberedDecision)
    return {"number": numbered.number, "version": numbered.version, "decided_at": numbered.decided_at}


OF_DECLARATIONS = (
    DECLARATION,
    Table(
        name="declaration_version",
        key=("version",),
        told={
            "digest": PLAIN,
            "state": PLAIN,
            "received_at": PLAIN,
            "model": DIGEST,
            "raw": PLAIN,
            "documents": DIGEST,
            "decision_number": PLAIN,
        },
        otherwise=_ITS_CHAIN,
    ),
    Table(name="citation", key=("type", "reference"), otherwise=_ITS_CHAIN),
    Table(
        name="decision",
        key=("number",),
        told={"body": DIGEST},
        repeated=("version", "decided_at"),
        repeats=_decision_columns,
        otherwise=_ITS_CHAIN,
    ),
    Table(
        name="movement",
        key=("number",),
        told={"body": DIGEST},
        repeated=("type", "reference", "adapter", "kind", "state", "planned_at", "settled_at"),
        repeats=lambda body: movement_columns(decode(body, Movement)),
        otherwise=_ITS_CHAIN,
    ),
    Table(
        name="contingency_document",
        key=("number", "type", "reference"),
        told={"body": DIGEST},
        repeated=("let_through", "afterwards"),
        repeats=lambda body: inside_columns(decode(body, DecidedInside)),
        otherwise=_ITS_CHAIN,
        working={"place": "the order of the list", "looks": "how often it was looked at", "due_at": _WHEN},
    ),
    Table(
        name="step",
        key=("event_seq",),
        told={"kind": PLAIN, "body": WORDS, "outcome": DIGEST},
        otherwise={**_ITS_CHAIN, "salt": _SALT},
    ),
    Table(
        name="officer_verification",
        key=("event_seq",),
        told={"type": PLAIN, "reference": PLAIN, "body": WORDS},
        otherwise={**_ITS_CHAIN, "salt": _SALT},
    ),
    Table(
        name="act",
        key=("event_seq",),
        told={"kind": PLAIN},
        otherwise={**_ITS_CHAIN, "at": "compared with the time of the event"},
        working={"number": "the order of the list"},
    ),
    Table(
        name="evidence_link",
        key=("digest",),
        otherwise={**_ITS_CHAIN, "day": "the evidence has to be there under this day"},
    ),
)
"""Tables of which the events of a declaration tell."""
