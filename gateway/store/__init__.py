"""The store: PostgreSQL, and the only SQL of the gateway."""

from gateway.store.jobs import jobs_app
from gateway.store.migrating import migrate, migrations
from gateway.store.store import Store
from gateway.store.words import (
    Abandoned,
    AcceptanceReceived,
    AuditReport,
    Change,
    Confirmed,
    Deferred,
    Doubted,
    InterventionReceived,
    InvalidationReceived,
    Lapsed,
    NewDeclaration,
    OpenMovement,
    Outcome,
    Received,
    ReleaseReceived,
    VerificationReceived,
)

__all__ = [
    "Abandoned",
    "AcceptanceReceived",
    "AuditReport",
    "Change",
    "Confirmed",
    "Deferred",
    "Doubted",
    "InterventionReceived",
    "InvalidationReceived",
    "Lapsed",
    "NewDeclaration",
    "OpenMovement",
    "Outcome",
    "Received",
    "ReleaseReceived",
    "Store",
    "VerificationReceived",
    "jobs_app",
    "migrate",
    "migrations",
]
