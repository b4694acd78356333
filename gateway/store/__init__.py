"""The store: PostgreSQL, and the only SQL of the gateway."""

from gateway.store.acts import Acts
from gateway.store.adapter_processes import ProcessesOfAdapters
from gateway.store.adapters import ADAPTERS, AdapterSwitches
from gateway.store.api_keys import USED_AGAIN, StoredKeys
from gateway.store.approvals import NewApproval
from gateway.store.authority_figures import FiguresOfProcesses
from gateway.store.citations import CitingDeclaration
from gateway.store.commits import (
    AcceptanceReceived,
    AssessmentRequested,
    AuditReport,
    Change,
    Confirmed,
    ControlReceived,
    Dormant,
    Doubted,
    InterventionReceived,
    InvalidationReceived,
    Lapsed,
    NewApplication,
    NewDeclaration,
    NextVersion,
    OpenMovement,
    Outcome,
    PresentationReceived,
    Received,
    ReleaseReceived,
    ReportMade,
    UsedApproval,
    VerificationReceived,
)
from gateway.store.contingency import ContingencyWindows
from gateway.store.database import is_behind_pooler
from gateway.store.declarations import Declarations
from gateway.store.ends import FOR_EVER, Patience, Waits, patience
from gateway.store.erasure import Erased
from gateway.store.export import Exports, WholeCase, coverage_of_cases
from gateway.store.history import History, Past, PastDecision
from gateway.store.jobs import jobs_app
from gateway.store.leases import Backlog, Leases
from gateway.store.migration import after_steps, migrate, migrations
from gateway.store.notices import Notices
from gateway.store.replicas import finish, unfinished
from gateway.store.request_shares import REQUESTS, ClaimedShare, SharesOfProcesses
from gateway.store.server_identity import Arrival
from gateway.store.serving_role import prepare_role
from gateway.store.store import Store
from gateway.store.table_sets import SWITCHED, SetContent, StoredSet, Switch, TableSets
from gateway.store.waits import WaitedFor, WaitingDeclarations

__all__ = [
    "ADAPTERS",
    "FOR_EVER",
    "REQUESTS",
    "SWITCHED",
    "USED_AGAIN",
    "AcceptanceReceived",
    "Acts",
    "AdapterSwitches",
    "Arrival",
    "AssessmentRequested",
    "AuditReport",
    "Backlog",
    "Change",
    "CitingDeclaration",
    "ClaimedShare",
    "Confirmed",
    "ContingencyWindows",
    "ControlReceived",
    "Declarations",
    "Dormant",
    "Doubted",
    "Erased",
    "Exports",
    "FiguresOfProcesses",
    "History",
    "InterventionReceived",
    "InvalidationReceived",
    "Lapsed",
    "Leases",
    "NewApplication",
    "NewApproval",
    "NewDeclaration",
    "NextVersion",
    "Notices",
    "OpenMovement",
    "Outcome",
    "Past",
    "PastDecision",
    "Patience",
    "PresentationReceived",
    "ProcessesOfAdapters",
    "Received",
    "ReleaseReceived",
    "ReportMade",
    "SetContent",
    "SharesOfProcesses",
    "Store",
    "StoredKeys",
    "StoredSet",
    "Switch",
    "TableSets",
    "UsedApproval",
    "VerificationReceived",
    "WaitedFor",
    "WaitingDeclarations",
    "Waits",
    "WholeCase",
    "after_steps",
    "coverage_of_cases",
    "finish",
    "is_behind_pooler",
    "jobs_app",
    "migrate",
    "migrations",
    "patience",
    "prepare_role",
    "unfinished",
]
