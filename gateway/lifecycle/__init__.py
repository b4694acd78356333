"""A declaration's life in the gateway: one function per step, each committed before anything acts on it.

`docs/architecture.md` tells the way of a declaration, and of a release, through the modules in their order. Whoever acts
takes the set of tables that counts once, and looks anew when it changes meanwhile.
"""

from gateway.lifecycle.adapters_in_force import AdaptersInForce
from gateway.lifecycle.announcements import Hearing
from gateway.lifecycle.contingency import Throttle
from gateway.lifecycle.leases import Capacity, Holding
from gateway.lifecycle.lodging import Lodged, Preflight
from gateway.lifecycle.notice_feed import NoticeFeed, WaitingRoom
from gateway.lifecycle.outcomes import Waiting
from gateway.lifecycle.processing.processor import Acting
from gateway.lifecycle.processing.retries import Retries
from gateway.lifecycle.pulses import Pulses
from gateway.lifecycle.service import Lifecycle
from gateway.lifecycle.steps import Stepped
from gateway.lifecycle.table_set import Coming, TablesInForce
from gateway.lifecycle.table_switches import Switching
from gateway.quantities.pauses import Pauses

__all__ = [
    "Acting",
    "AdaptersInForce",
    "Capacity",
    "Coming",
    "Hearing",
    "Holding",
    "Lifecycle",
    "Lodged",
    "NoticeFeed",
    "Pauses",
    "Preflight",
    "Pulses",
    "Retries",
    "Stepped",
    "Switching",
    "TablesInForce",
    "Throttle",
    "Waiting",
    "WaitingRoom",
]
