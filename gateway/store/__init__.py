"""The store: PostgreSQL, and the only SQL of the gateway."""

from gateway.store.jobs import jobs_app
from gateway.store.migrating import migrate, migrations
from gateway.store.store import Store
from gateway.store.words import (
    AcceptanceReceived,
    AuditReport,
    Change,
    Confirmed,
    Deferred,
    InvalidationReceived,
    Lapsed,
    NewDeclaration,
    Outcome,
    Received,
    VerificationReceived,
)

__all__ = [
    "AcceptanceReceived",
    "AuditReport",
    "Change",
    "Confirmed",
    "Deferred",
    "InvalidationReceived",
    "Lapsed",
    "NewDeclaration",
    "Outcome",
    "Received",
    "Store",
    "VerificationReceived",
    "jobs_app",
    "migrate",
    "migrations",
]
