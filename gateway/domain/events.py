"""The audit trail: the events of a declaration, in order, each sealed by the hash of all before it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from msgspec import Struct

from gateway.domain.codec import decode, encode

GENESIS = "0" * 64
"""The hash that stands before a declaration's first event."""


class EventKind(StrEnum):
    """The kinds of events. Kinds are retired, never renamed."""

    RECEIVED = "declaration.received"
    AMENDMENT_RECEIVED = "amendment.received"
    ACCEPTANCE_RECEIVED = "acceptance.received"
    PRESENTATION_RECEIVED = "presentation.received"
    """The goods of a declaration to which customs has given no MRN are presented: its acceptance is still to come."""
    INVALIDATION_RECEIVED = "invalidation.received"
    VERIFIED_BY_OFFICER = "document.verified_by_officer"
    DOCUMENTS_VERIFIED = "documents.verified"
    DECIDED = "declaration.decided"
    ALERTED = "declaration.alerted"
    """A document changed of which goods were released, or vanished at its authority: for post-clearance control."""
    GAVE_UP = "documents.given_up"
    """The gateway does not ask about some documents by itself any more."""
    CONFIRMED = "decision.confirmed"
    RELEASE_RECEIVED = "release.received"
    INTERVENTION_RECEIVED = "intervention.received"
    QUANTITY_PLANNED = "quantity.planned"
    QUANTITY_SETTLED = "quantity.settled"
    QUANTITY_DIFFERED = "quantity.differed"
    """The authority's position was not what the movements before it had left."""
    RELEASED = "declaration.released"
    RELEASE_REFUSED = "release.refused"
    RELEASE_REPORTED = "release.reported"
    """Authorities whose rows want it were told of a release."""
    REPORT_DELAYED = "report.delayed"
    """They could not be told yet, in attempt after attempt; it is tried on."""
    REPORTED_OTHERWISE = "report.made_otherwise"
    """An officer states that an authority was told of a release in another way."""
    INTERVENED = "intervention.settled"
    ABANDONED = "declaration.abandoned"
    DOUBTED = "quantity.doubted"
    """Whatever was moved has to be read back, as after a restore from a backup."""
    INVALIDATED = "declaration.invalidated"
    LAPSED = "declaration.lapsed"
    OVERDUE = "declaration.overdue"
    APPLICATION_RECEIVED = "application.received"
    """A party asks customs for an amendment or an invalidation."""
    APPLICATION_GRANTED = "application.granted"
    APPLICATION_REFUSED = "application.refused"
    """By customs, or by itself: the declaration changed meanwhile."""
    APPLICATION_WITHDRAWN = "application.withdrawn"
    ASSESSMENT_REQUESTED = "assessment.requested"
    """Customs or an officer has the authorities asked again at once."""
    EXAMINATION_ANNOUNCED = "control.announced"
    EXAMINATION_TOOK_PLACE = "control.took_place"
    EXAMINATION_WITHDRAWN = "control.withdrawn"
    SUSPENSION_OPENED = "suspension.opened"
    SUSPENSION_WORD = "suspension.word"
    """A word counts, or waits for a second person who says it, too."""
    SUSPENSION_DUTY = "suspension.duty"
    """A notice that was owed was given."""
    SUSPENSION_EXTENDED = "suspension.extended"
    SUSPENSION_RESTATED = "suspension.restated"
    """Its clocks end at other times: lists of holidays changed."""
    SUSPENSION_EXPIRED = "suspension.expired"
    """Its clock ran out, and no word came by then."""
    SUSPENSION_UNCONFIRMED = "suspension.unconfirmed"
    """Its clock ran out, and nobody has confirmed that no word came by then."""
    CONTROL_ORDERED = "control.ordered"
    CONTROL_CHANGED = "control.changed"
    """Something was done under a control order, or waits for a second person who does it, too."""
    CONTROL_ADVERSE = "control.adverse"
    """A control found something: the goods are held until an officer settles it."""
    MRN_YIELDED = "mrn.yielded"
    """It carried an MRN that customs never gave it, and has given to another declaration."""
    CONTINGENCY_OPENED = "contingency.opened"
    """A contingency window: its events are a chain of their own."""
    CONTINGENCY_CLOSED = "contingency.closed"
    CONTINGENCY_VERIFIED = "contingency.verified"
    """A document that was decided inside a contingency window was verified afterwards."""
    SEALED = "declaration.sealed"
    """All rows from before events reported rows are reported at once: whatever is changed from here on is found."""
    WINDOWS_SEALED = "contingency.sealed"
    ERASED = "declaration.erased"
    """Words of people, or what was declared with all evidence of it, were erased."""
    TABLES_STORED = "tables.stored"
    """A set of tables: with the events below in the chain of the installation."""
    TABLES_SWITCHED = "tables.switched"
    TABLES_SEALED = "tables.sealed"
    ADAPTER_DISABLED = "adapter.disabled"
    """It is not used any more, or begins nothing new, on any replica: a person said so."""
    ADAPTER_QUARANTINED = "adapter.quarantined"
    """Its code overran for too many declarations: the gateway does not run it any more, on any replica."""
    ADAPTER_ENABLED = "adapter.enabled"
    ADAPTER_TIER = "adapter.tier"
    """What the conformance kit has shown of an adapter's code on this installation, or that it was lost."""
    KEY_MADE = "key.made"
    """A key that is kept in the database: it counts from now on, on all replicas."""
    KEY_REVOKED = "key.revoked"
    EVIDENCE_EXPIRED = "evidence.expired"
    EXPORTED = "case.exported"
    """Somebody took a declaration along with all that is stored of it."""
    WORDS_ERASED = "words.erased"
    """Words of people beside declarations: with windows, switches of tables and approvals."""
    WINDOWS_ERASED = "contingency.erased"
    APPROVAL_ASKED = "approval.asked"
    """Somebody ordered what needs a second person; what becomes of it is recorded with the order."""
    APPROVAL_ENDED = "approval.ended"
    """It was rejected, became void or was not approved in time."""


class Event(Struct, frozen=True, kw_only=True):
    """An event on a declaration: codes, ids and digests, never personal data."""

    kind: EventKind
    at: datetime
    body: Mapping[str, Any]


class SealedEvent(Struct, frozen=True, kw_only=True):
    """An event at its place in a declaration's chain."""

    seq: int
    """From 1, without gaps."""
    kind: EventKind
    at: datetime
    text: str
    """The canonical text that the hash covers."""
    hash: str

    def body(self) -> Mapping[str, Any]:
        """Return the event's body."""
        body: Mapping[str, Any] = decode(self.text, dict)["body"]
        return body


def seal(events: Sequence[Event], *, seq: int, head: str) -> tuple[SealedEvent, ...]:
    """Append events to the chain behind event `seq` whose hash is `head` (`GENESIS` behind none)."""
    sealed = []
    for event in events:
        seq += 1
        text = encode({"seq": seq, "kind": event.kind, "at": event.at.astimezone(UTC), "body": event.body}).decode()
        head = chain(head, text)
        sealed.append(SealedEvent(seq=seq, kind=event.kind, at=event.at, text=text, hash=head))
    return tuple(sealed)


def chain(head: str, text: str) -> str:
    """Return the hash of an event: SHA-256 over the hash before it and its canonical text, in hexadecimal."""
    return sha256(head.encode() + b"\n" + text.encode()).hexdigest()
