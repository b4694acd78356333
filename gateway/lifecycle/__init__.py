"""The lifecycle of a declaration: one function per step, each committed before anything acts on it.

`docs/architecture.md` maps the way of a declaration, and of a release, through the modules in their order. Whoever acts
takes the set of tables that counts once, and assesses anew when it changes meanwhile.
"""

from gateway.lifecycle.authorities.adapters_in_force import AdaptersInForce
from gateway.lifecycle.contingency import Throttle
from gateway.lifecycle.leases import Capacity, LeasedDeclarations
from gateway.lifecycle.lodging import Lodged, Preflight
from gateway.lifecycle.processes.announcements import AnnouncementListener
from gateway.lifecycle.processes.notice_feed import NoticeFeed, WaitingRoom
from gateway.lifecycle.processes.outcomes import WaitingCallers
from gateway.lifecycle.processes.pulses import Pulses
from gateway.lifecycle.processing.assessment import Assessment
from gateway.lifecycle.processing.processor import Processor
from gateway.lifecycle.processing.retries import Retries
from gateway.lifecycle.service import Lifecycle
from gateway.lifecycle.steps import Stepped
from gateway.lifecycle.tables.table_set import ScheduledSet, TablesInForce
from gateway.lifecycle.tables.table_switches import TableSwitches
from gateway.quantities.pauses import Pauses

__all__ = [
    "AdaptersInForce",
    "AnnouncementListener",
    "Assessment",
    "Capacity",
    "LeasedDeclarations",
    "Lifecycle",
    "Lodged",
    "NoticeFeed",
    "Pauses",
    "Preflight",
    "Processor",
    "Pulses",
    "Retries",
    "ScheduledSet",
    "Stepped",
    "TableSwitches",
    "TablesInForce",
    "Throttle",
    "WaitingCallers",
    "WaitingRoom",
]
