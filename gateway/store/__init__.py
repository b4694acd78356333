"""The store: PostgreSQL, and the only SQL of the gateway."""

from gateway.store.adapters import ADAPTERS, AdapterSwitches
from gateway.store.approvals import NewApproval
from gateway.store.commits import (
    Abandoned,
    AcceptanceReceived,
    Approving,
    AuditReport,
    Change,
    Confirmed,
    ControlReceived,
    Deferred,
    Doubted,
    InterventionReceived,
    InvalidationReceived,
    Lapsed,
    NewApplication,
    NewDeclaration,
    NextVersion,
    OpenMovement,
    Outcome,
    Received,
    ReleaseReceived,
    VerificationReceived,
)
from gateway.store.database import stands_behind_a_pooler
from gateway.store.ends import FOR_EVER, Patience, Waits, patience
from gateway.store.erasure import Erased
from gateway.store.export import WholeCase, coverage_of_cases
from gateway.store.history import Past, PastDecision
from gateway.store.jobs import jobs_app
from gateway.store.migration import limit_role, migrate, migrations
from gateway.store.store import Store
from gateway.store.table_sets import SWITCHED, StoredSet, Switch

__all__ = [
    "ADAPTERS",
    "FOR_EVER",
    "SWITCHED",
    "Abandoned",
    "AcceptanceReceived",
    "AdapterSwitches",
    "Approving",
    "AuditReport",
    "Change",
    "Confirmed",
    "ControlReceived",
    "Deferred",
    "Doubted",
    "Erased",
    "InterventionReceived",
    "InvalidationReceived",
    "Lapsed",
    "NewApplication",
    "NewApproval",
    "NewDeclaration",
    "NextVersion",
    "OpenMovement",
    "Outcome",
    "Past",
    "PastDecision",
    "Patience",
    "Received",
    "ReleaseReceived",
    "Store",
    "StoredSet",
    "Switch",
    "VerificationReceived",
    "Waits",
    "WholeCase",
    "coverage_of_cases",
    "jobs_app",
    "limit_role",
    "migrate",
    "migrations",
    "patience",
    "stands_behind_a_pooler",
]
