"""The coverage of every column of every table: what events report of it, what it repeats, or why nothing rests on it.

This is the one list. `gateway audit verify` goes by it, docs/audit.md shows it, and a test changes every column that the
database has: a column that is not listed here, or that is listed as covered and is not, fails it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum
from typing import Any, TypeAlias

from psycopg import sql

from gateway.domain.codec import decode
from gateway.domain.contingency import DecidedInside
from gateway.domain.decision import NumberedDecision
from gateway.domain.movement import Movement
from gateway.domain.seals import salted_digest
from gateway.store import covered_rows as covering
from gateway.store.rows import Row, inside_columns, movement_columns
from gateway.wing_files import WingFile, wing_files

Columns: TypeAlias = Mapping[str, Any]


class Form(Enum):
    """The form in which an event reports the value of a column."""

    PLAIN = "as it is"
    DIGEST = "by digest"
    WORDS = "by salted digest"
    """Personal text: the salt is in the row, in the column `salt` or in the one that is named after the text's column."""


PLAIN, DIGEST, WORDS = Form


@dataclass(frozen=True, slots=True, kw_only=True)
class CoveredTable:
    """A table, each column of which is listed in exactly one of its members."""

    name: str
    owner: str | None = "declaration_id"
    """The column with the id of the declaration that a row belongs to; None: it belongs to none."""
    where: str | None = None
    """The condition on the rows that are meant; None: all."""
    key: tuple[str, ...] = ()
    """The columns by which events name a row."""
    reported: Mapping[str, Form] = field(default_factory=dict)
    """The columns that events report."""
    once: frozenset[str] = frozenset()
    """The columns, of these, that never change, unless they are erased: no event may report them otherwise than the first."""
    unreported: Columns = field(default_factory=dict)
    """The value of such a column as long as no event reports it, where that is not NULL."""
    repeated: tuple[str, ...] = ()
    """Columns that repeat what the row's body says, so that they can be queried."""
    repeats: Callable[[str], Columns] | None = None
    """Gives those columns of a body."""
    otherwise: Mapping[str, str] = field(default_factory=dict)
    """Columns that are compared with something else, each with what that is."""
    working: Mapping[str, str] = field(default_factory=dict)
    """Columns that no decision and no order rests on, each with the reason why a change of it is not searched for."""

    def place(self, row: Row) -> str:
        """Return the place of a row, as events name it."""
        return covering.place(self.name, *(row[column] for column in self.key))

    def select(self, *, of_some: bool = False) -> sql.Composed:
        """Return the statement that reads all columns of all rows, or of some declarations' (`ids`), in their order."""
        keys = [sql.Identifier(column) for column in (self.owner, *self.key) if column is not None]
        owner = sql.Identifier(self.owner or "")
        some = sql.SQL("{} = ANY (%(ids)s::uuid[])").format(owner) if of_some else sql.SQL(self.where or "true")
        return sql.SQL("SELECT *{also} FROM {table} WHERE {some} ORDER BY {keys}").format(
            also=sql.SQL(", {} AS declaration_id").format(owner) if self.owner is not None else sql.SQL(""),
            table=sql.Identifier(self.name),
            some=some,
            keys=sql.SQL(", ").join(keys),
        )

    def report(self, row: Row) -> dict[str, Any]:
        """Return an event's report of a row as it is now."""
        return {column: _reported(row, column, form) for column, form in self.reported.items()}

    def columns(self) -> dict[str, str]:
        """Return every column with a text on how it is covered; for working state, on why it is not."""
        body = "compared with what `body` says"
        return {
            **dict.fromkeys(self.key, "in the name by which events tell of the row"),
            **{column: f"told by events, {form.value}" for column, form in self.reported.items()},
            **dict.fromkeys(self.repeated, body),
            **self.otherwise,
            **{column: f"working state: {reason}" for column, reason in self.working.items()},
        }


def _reported(row: Row, column: str, form: Form) -> Any:
    value = row[column]
    if value is None:
        return None
    if form is WORDS:
        own = f"{column}_salt"
        salt = row[own if own in row else "salt"]
        return salted_digest(salt, value) if salt is not None else None
    if form is DIGEST:
        return covering.digest(" ".join(value) if isinstance(value, list) else value)
    if isinstance(value, datetime):
        return covering.utc(value).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


_ITS_CHAIN = {"declaration_id": "the rows of a declaration are compared with its chain"}
_SALT = "the digest of the words is made with it"
_LEASE = "who works on it until when; every commit of a holder is judged by the chain's end"
_QUARANTINE = ("declarations", "late", "ended", "memory")
_WHEN = "when it is looked at next: what is then found is decided and told anew"

DECLARATION = CoveredTable(
    name="declaration",
    owner="id",
    reported={
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
        "examination": DIGEST,
        "shut": DIGEST,
        "controlled": DIGEST,
        "erased": PLAIN,
    },
    once=frozenset({"declarant", "lrn", "received_at"}),
    unreported={"decision_count": 0, "invalidating": False, "confirmed": False, "given_back": False, "erased": False},
    otherwise={
        "id": "its chain, and all rows of the declaration, are found by it",
        "number": "compared with the rows of its parties",
        "event_seq": "compared with the end of the chain",
        "event_head": "compared with the end of the chain",
        "covered_from": "compared with the event from which on all rows are told of",
        **dict.fromkeys(
            ("office", "presentation_office"), "compared with the content of the newest version, unless it is erased"
        ),
    },
    working={
        **dict.fromkeys(
            ("wanted", "taken", "due_at"),
            "how often work was asked for, how much of that was taken up and when the rest is: compared with each other alone",
        ),
        "hinted": "another assessment is wanted, whatever was received",
        "hinted_by": "why; the event of that assessment says so",
        "look_due_at": _WHEN,
        "clock_due_at": "when a time limit is looked at; what ends then is judged by the law and told",
        "waits_for": "whose answer it waits for, so that it is assessed again once they are back",
        "waits_since": _WHEN,
        "waits_at": _WHEN,
        "unsettled": "something is looked up at an authority again; what is in doubt is told of movements",
        "holding_since": "since when a dormant declaration has reserved; what is held is told of movements",
        "left_since": "from when on officers find it in a list; what is held is told of movements",
        "lease_owner": _LEASE,
        "lease_token": _LEASE,
        "lease_until": _LEASE,
        **dict.fromkeys(
            ("listed", "held_since", "listing"),
            "what lists show and are searched by; the declaration itself is read from its decision",
        ),
        "lost": "which leases ended without being returned; what is held for them is decided and told",
    },
)


def _approval(*, owner: str | None, where: str) -> CoveredTable:
    return CoveredTable(
        name="approval",
        owner=owner,
        where=where,
        key=("id",),
        reported={
            "kind": PLAIN,
            "request": PLAIN,
            "stands_on": PLAIN,
            "asked_at": PLAIN,
            "ends_at": PLAIN,
            "state": PLAIN,
            "event_seq": PLAIN,
            "body": WORDS,
            "ending": WORDS,
        },
        once=frozenset({"kind", "request", "stands_on", "asked_at", "ends_at", "body", "ending"}),
        unreported={"state": "open"},
        otherwise={**_ITS_CHAIN, "salt": _SALT, "ending_salt": _SALT},
        working={"number": "the order of the list", "ended_at": "the event that tells of the end has its time"},
    )


def _decision_columns(body: str) -> Columns:
    numbered = decode(body, NumberedDecision)
    return {"number": numbered.number, "version": numbered.version, "decided_at": numbered.decided_at}


def of_wings(wings: Iterable[WingFile]) -> Iterator[CoveredTable]:
    """Yield the tables of wings that events cover, as their files say."""
    for wing in wings:
        for name, table in wing.tables.items():
            if (covered := table.covered) is not None:
                yield CoveredTable(
                    name=name,
                    owner=covered.owner,
                    key=covered.key,
                    reported={column: Form[form.upper()] for column, form in covered.reported.items()},
                    once=covered.once,
                    otherwise=covered.otherwise,
                    working=covered.working,
                )


OF_DECLARATIONS = (
    DECLARATION,
    CoveredTable(
        name="declaration_version",
        key=("version",),
        reported={
            "digest": PLAIN,
            "state": PLAIN,
            "received_at": PLAIN,
            "model": DIGEST,
            "raw": PLAIN,
            "documents": DIGEST,
            "decision_number": PLAIN,
        },
        once=frozenset({"digest", "received_at", "model", "raw"}),
        otherwise=_ITS_CHAIN,
    ),
    CoveredTable(
        name="citation",
        key=("type", "reference"),
        otherwise=_ITS_CHAIN,
        working={
            "identified": "whether its reference is an identity; where it is not, that is worked out whenever the document is asked for",
            "last": "by which parties named later it is found; what they read of a version is judged by its content",
        },
    ),
    CoveredTable(
        name="decision",
        key=("number",),
        reported={"body": DIGEST},
        once=frozenset({"body"}),
        repeated=("version", "decided_at"),
        repeats=_decision_columns,
        otherwise=_ITS_CHAIN,
    ),
    CoveredTable(
        name="movement",
        key=("number",),
        reported={"body": DIGEST},
        repeated=("type", "reference", "adapter", "kind", "state", "planned_at", "settled_at"),
        repeats=lambda body: movement_columns(decode(body, Movement)),
        otherwise=_ITS_CHAIN,
    ),
    CoveredTable(
        name="contingency_document",
        key=("number", "type", "reference"),
        reported={"body": DIGEST},
        repeated=("let_through", "afterwards"),
        repeats=lambda body: inside_columns(decode(body, DecidedInside)),
        otherwise=_ITS_CHAIN,
        working={"place": "the order of the list", "looks": "how often it was assessed", "due_at": _WHEN},
    ),
    CoveredTable(
        name="step",
        key=("event_seq",),
        reported={"kind": PLAIN, "body": WORDS, "outcome": DIGEST, "reports": DIGEST},
        once=frozenset({"kind", "body", "outcome"}),
        otherwise={**_ITS_CHAIN, "salt": _SALT},
        working={
            "reports_due_at": "when reports are sent; which authorities have them is told",
            "reports_taken": "how often they were taken to be sent: after the first time it is read back before",
        },
    ),
    CoveredTable(
        name="officer_verification",
        key=("event_seq",),
        reported={"type": PLAIN, "reference": PLAIN, "body": WORDS},
        once=frozenset({"type", "reference", "body"}),
        otherwise={**_ITS_CHAIN, "salt": _SALT},
    ),
    _approval(owner="declaration_id", where="declaration_id IS NOT NULL"),
    CoveredTable(
        name="application",
        key=("id",),
        reported={
            "kind": PLAIN,
            "version": PLAIN,
            "grounds": PLAIN,
            "party": PLAIN,
            "state": PLAIN,
            "applied_at": PLAIN,
            "last_day": PLAIN,
            "content": PLAIN,
            "raw": PLAIN,
            "model": DIGEST,
            "applied_seq": PLAIN,
            "decided_at": PLAIN,
            "because": PLAIN,
            "decided_seq": PLAIN,
        },
        once=frozenset({"kind", "version", "grounds", "party", "applied_at", "last_day", "content", "raw", "model"}),
        otherwise=_ITS_CHAIN,
        working={"number": "the order of the list"},
    ),
    CoveredTable(
        name="act",
        key=("event_seq",),
        reported={"kind": PLAIN},
        otherwise={**_ITS_CHAIN, "at": "compared with the time of the event"},
        working={"number": "the order of the list"},
    ),
    CoveredTable(
        name="evidence_link",
        key=("digest",),
        otherwise={
            **_ITS_CHAIN,
            "day": "the evidence has to be there under this day; of days that expired, no event may first tell of it later",
        },
    ),
    *of_wings(wing_files()),
)
"""Tables that the events of a declaration report."""

_IN_CHAIN = {
    "kind": "compared with the event's text",
    "at": "compared with the event's text",
    "text": "hashed into the chain",
    "hash": "recomputed",
}
EVENT = CoveredTable(name="event", key=("seq",), otherwise={**_ITS_CHAIN, **_IN_CHAIN})
PARTY = CoveredTable(
    name="party",
    key=("eori",),
    otherwise={**_ITS_CHAIN, "number": "compared with the declaration's number"},
    working={
        "since": "from which version on it is found by its party; what is read of a version is judged by its content"
    },
)

WINDOW_EVENT = CoveredTable(name="contingency_event", owner=None, key=("seq",), otherwise=_IN_CHAIN)
OF_WINDOWS = (
    CoveredTable(
        name="contingency_window",
        owner=None,
        key=("number",),
        reported={
            "adapter": PLAIN,
            "mode": PLAIN,
            "opened_at": PLAIN,
            "until": PLAIN,
            "closed_at": PLAIN,
            "opening": WORDS,
            "closing": WORDS,
        },
        once=frozenset({"adapter", "mode", "opened_at", "until", "closed_at", "opening", "closing"}),
        otherwise={"opening_salt": _SALT, "closing_salt": _SALT},
    ),
)
"""Tables that the events of contingency windows report."""

INSTALLATION_EVENT = CoveredTable(name="installation_event", owner=None, key=("seq",), otherwise=_IN_CHAIN)
OF_INSTALLATION = (
    CoveredTable(
        name="table_set",
        owner=None,
        key=("digest",),
        reported={"version": PLAIN, "stored_at": PLAIN, "content": DIGEST},
        once=frozenset({"version", "stored_at", "content"}),
    ),
    CoveredTable(
        name="table_switch",
        owner=None,
        key=("number",),
        reported={
            "digest": PLAIN,
            "in_force_at": PLAIN,
            "ordered_at": PLAIN,
            "officer": WORDS,
            "reason": WORDS,
            "actor": WORDS,
            "approver": WORDS,
            "loosens": DIGEST,
        },
        once=frozenset({"digest", "in_force_at", "ordered_at", "loosens", "officer", "reason", "actor", "approver"}),
        otherwise={"salt": _SALT},
    ),
    CoveredTable(
        name="adapter_switch",
        owner=None,
        key=("number",),
        reported=dict.fromkeys(("adapter", "enabled", "at", "draining", "quarantined", *_QUARANTINE), PLAIN),
        once=frozenset({"adapter", "enabled", "at", "draining", "quarantined", *_QUARANTINE}),
        unreported={"draining": False, "quarantined": False},
    ),
    CoveredTable(
        name="adapter_tier",
        owner=None,
        key=("number",),
        reported=dict.fromkeys(("adapter", "package", "digest", "tier", "proven_until", "lost", "at"), PLAIN),
        once=frozenset({"adapter", "package", "digest", "tier", "proven_until", "lost", "at"}),
    ),
    CoveredTable(
        name="api_key",
        owner=None,
        key=("id",),
        reported={
            "name": PLAIN,
            "digest": DIGEST,
            "role": PLAIN,
            "person": WORDS,
            "eoris": DIGEST,
            "authority": PLAIN,
            "asserts_officers": PLAIN,
            "offices": DIGEST,
            "made_at": PLAIN,
            "made_by": PLAIN,
            "expires_at": PLAIN,
        },
        once=frozenset(
            {
                "name",
                "digest",
                "role",
                "eoris",
                "authority",
                "asserts_officers",
                "offices",
                "made_at",
                "made_by",
                "expires_at",
                "person",
            }
        ),
        otherwise={"salt": _SALT},
    ),
    CoveredTable(
        name="api_key_end",
        owner=None,
        key=("key_id",),
        reported={"at": PLAIN, "by": PLAIN, "reason": WORDS},
        once=frozenset({"at", "by", "reason"}),
        otherwise={"salt": _SALT},
    ),
    _approval(owner=None, where="declaration_id IS NULL"),
    CoveredTable(
        name="installation_step", owner=None, key=("event_seq",), reported={"body": WORDS}, otherwise={"salt": _SALT}
    ),
)
"""Tables that the events of the installation report."""

BUNDLE = CoveredTable(
    name="evidence_bundle",
    key=("seq", "part"),
    otherwise={
        **_ITS_CHAIN,
        "seq": "an event of this number has to end a commit",
        "part": "counted from 0 without a gap",
        "day": "compared with that event's, in UTC",
        "digests": "compared with the evidence that events of the commit tell of",
        "body": "ends with the frame that it is; hashed again piece by piece with `--evidence`, and whenever one is read",
    },
)

_ROOT = "hashed into the root of its checkpoint"
_BESIDE = (
    CoveredTable(
        name="table_part",
        owner=None,
        key=("digest",),
        otherwise={
            "digest": "compared with the parts of TARIC that the contents of the sets of tables name",
            "body": "compared with its digest",
        },
    ),
    CoveredTable(
        name="evidence",
        owner=None,
        key=("digest", "day"),
        otherwise={"body": "ends with the frame that it is; hashed again with `--evidence`, and whenever it is read"},
    ),
    CoveredTable(
        name="reading",
        key=("number",),
        otherwise={
            **dict.fromkeys(
                ("declaration_id", "at", "version", "what", "name", "person", "role", "proven", "follows"),
                "by salted digest in `seal`, in no chain: a reading would wait for what everything else waits for",
            ),
            "salt": "the seal is made with it",
            "seal": "recomputed; what was noted before there were seals is reported as not covered",
        },
    ),
    CoveredTable(
        name="checkpoint",
        owner=None,
        key=("number",),
        otherwise={"root": "recomputed", "heads": "counted", "at": "compared with the copy that is kept elsewhere"},
    ),
    CoveredTable(
        name="checkpoint_head",
        owner=None,
        key=("declaration_id", "seq"),
        otherwise={"hash": _ROOT, "checkpoint": _ROOT},
    ),
    CoveredTable(
        name="migration",
        owner=None,
        key=("name",),
        otherwise={"digest": "compared with the files of this version whenever the gateway starts"},
        working={
            "applied_at": "when the schema was changed: no decision is made from it",
            "oldest": "which versions of the gateway may serve beside it: no decision is made from it",
        },
    ),
)

COVERAGE = {
    table.name: table
    for table in (
        *OF_DECLARATIONS,
        EVENT,
        PARTY,
        BUNDLE,
        WINDOW_EVENT,
        *OF_WINDOWS,
        INSTALLATION_EVENT,
        *OF_INSTALLATION,
        *_BESIDE,
    )
}
"""Every table but those of `WORKING`, by its name."""

ONCE = frozenset(
    (table.name, column) for table in (*OF_DECLARATIONS, *OF_WINDOWS, *OF_INSTALLATION) for column in table.once
)
"""Columns that never change unless they are erased, by table and name."""

_JOBS = "jobs that are to be done: what they find is decided and told anew"
WORKING = {
    "request_share": "how often each process may ask authorities just now",
    "api_key_use": "when keys were last used: shown to whoever asks which are used still",
    "adapter_overrun": "how often an adapter's code took too much; what is switched for it is told by events",
    "authority_figures": "how calls to authorities went lately: shown to whoever watches them",
    "adapter_process": "how adapters stand in each process just now: shown to whoever watches them",
    "adapter_return": "since when an authority answers again: when what waits for it is looked at next",
    "notice": "what parties were told of decisions, its effect compared with the decision's; it is forgotten after some days, and nothing is decided from it",
    "notice_counter": "the last number of a notice",
    "hour_figures": "how many were decided and released an hour: counted from notices, and nothing is decided from it",
    "hour_count": "up to when the hours were counted",
    "place_key": "what places in lists are sealed with for traders: no decision rests on a place",
    "notice_feed": "since when notices are the same that were told: where a follower of them goes on",
    "finished": "in which form evidence and declarations are written: both are read",
    "server_identity": "where the database stood when it was served: one that stands elsewhere was restored or copied",
    "replica": "which processes serve, and which forms each reads",
    "procrastinate_jobs": _JOBS,
    "procrastinate_events": _JOBS,
    "procrastinate_periodic_defers": _JOBS,
    "procrastinate_workers": _JOBS,
    "proven_subject": "what issuers said last of persons and machines; who ordered something stands with the event",
    "session": "who is signed in just now; who did something stands with the event",
    "seen_alert": "which alerts a person has done with: shown to that person",
    "case_owner": "who works on a case just now, and their line about it: shown to officers, and gone when its hours are over",
    "seen_mark": "what a person saw last of a declaration: shown to that person",
    "transport_number": "by which containers and means of transport a declaration is found: its content says them, and is told by events",
    "sign_in": "sign-ins that wait for their issuer, minutes each",
    **{name: table.working for wing in wing_files() for name, table in wing.tables.items() if table.covered is None},
}
"""Tables that no decision and no order rests on, each with the reason."""
