"""A declaration's life in the gateway: one function per step, each committed before anything acts on it.

`face` is what callers see: `lodging` takes messages, `steps` what customs does afterwards. `acting` carries out, asks, moves
and decides, with `looking` for the questions, `moving` for the orders and `carrying_out` for releases and interventions
(`releasing` says what they come to); `journal` commits the intents meanwhile. `holding` owns leases, tasks and the sweep,
and takes the looks whose time has come; `asking_again` says when a look follows by itself; `noticing` what is told of one.
`waiting` lets a caller wait for what it started, on whichever replica that is done; `hearing` hears of it, `following` reads notices
for all who wait for them, and `pulses` ends a process one of whose loops does nothing any more. `recalling` puts a decision's case together
again from what is stored, `recomputing` counts what other rules would change about many, `shading` what those in the shade
would. `contingency` opens and closes windows, `afterwards` keeps the list of what was decided inside.
`tables_in_force` gives the set of tables that counts, and `switching` learns ahead of time which comes next: whoever acts takes
the set once, and looks anew when it changes meanwhile. `adapters_in_force` follows in the same way which adapters are disabled.
"""

from gateway.lifecycle.adapters_in_force import AdaptersInForce
from gateway.lifecycle.announcements import Hearing
from gateway.lifecycle.contingency import Throttle
from gateway.lifecycle.leases import Capacity, Holding
from gateway.lifecycle.lodging import Lodged, Preflight
from gateway.lifecycle.movements.authorities import Pauses
from gateway.lifecycle.notice_feed import Following, WaitingRoom
from gateway.lifecycle.outcomes import Waiting
from gateway.lifecycle.processing.processor import Acting
from gateway.lifecycle.processing.retries import Retries
from gateway.lifecycle.pulses import Pulses
from gateway.lifecycle.service import Lifecycle
from gateway.lifecycle.steps import Stepped
from gateway.lifecycle.table_set import Coming, TablesInForce
from gateway.lifecycle.table_switches import Switching

__all__ = [
    "Acting",
    "AdaptersInForce",
    "Capacity",
    "Coming",
    "Following",
    "Hearing",
    "Holding",
    "Lifecycle",
    "Lodged",
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
