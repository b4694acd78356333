"""Contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11): opening, closing, reading, and verifying afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from gateway.domain.approval import Approval, AskedOrder, Ordered
from gateway.domain.calendar import Calendar
from gateway.domain.contingency import (
    Afterwards,
    ContingencyWindow,
    ListedInside,
    Window,
    WindowMode,
    WindowOrder,
    WindowStatement,
)
from gateway.domain.errors import CallInvalid, NotKnown, SamePerson
from gateway.domain.identity import AS_DECLARED, Identities
from gateway.lifecycle.steps import two_people
from gateway.lifecycle.tables.table_set import TablesInForce
from gateway.quantities.pauses import Pauses
from gateway.store import ContingencyWindows, NewApproval, UsedApproval


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttle:
    """The pace at which the list of an ended window is worked through: an authority that is back is not flooded."""

    at_once: int = 50
    """Declarations that are verified afterwards in one go."""
    pauses: Pauses = field(default_factory=Pauses)
    """The pauses before one is asked about again whose authority still could not say."""


class Contingency:
    """The contingency windows, as officers open and close them."""

    def __init__(
        self,
        *,
        windows: ContingencyWindows,
        tables: TablesInForce,
        calendar: Calendar,
        reassess: Callable[[str], Awaitable[None]],
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
        approvals_for: timedelta,
        throttle: Throttle,
        identify: Identities = AS_DECLARED,
    ) -> None:
        self._new_id = new_id
        self._approvals_for = approvals_for
        self._identify = identify
        self._windows = windows
        self._tables = tables
        self._calendar = calendar
        self._reassess = reassess
        self._clock = clock
        self._throttle = throttle

    async def open(
        self, order: WindowOrder, *, approving: UsedApproval | None = None
    ) -> tuple[ContingencyWindow, bool] | Approval:
        """Open a window; the same order again returns the window that it opened, and False.

        Of one officer it waits for the approval of a second one, which is returned.

        Raises:
            CallInvalid: its end lies in the past, or the tables do not let a window do that with any document of this authority.
            SamePerson: the second officer is the first, or nobody says who the first is.
            Conflict: another window of this authority is in force.
            ApprovalOver: what approves it does not wait any more, or the same was rejected.
        """
        by, second = order.word.by, order.word.second
        assert by is not None, "somebody opens a window"
        two_people(by, second)
        signed = replace(order.word, officer=by.person, second_officer=second.person if second is not None else None)
        order = replace(order, word=signed)
        if order.until is not None and order.until <= self._clock():
            raise CallInvalid("until lies in the past: the window would end before it begins.")
        self._allowed(order)
        if second is not None:
            return await self._windows.open(order, approving=approving)
        if not by.named:
            raise SamePerson
        ordered = AskedOrder(ordered=Ordered(window=order), by=by)
        found = await self._windows.request_approval(
            order, NewApproval(id=self._new_id(), asked=ordered, valid_for=self._approvals_for)
        )
        return found if isinstance(found, Approval) else (found, False)

    def _allowed(self, order: WindowOrder) -> None:
        in_force = self._tables.current().at(self._calendar.day(self._clock()))
        types = in_force.types_of(order.adapter)
        if order.mode not in self.modes(order.adapter):
            raise CallInvalid(
                f"No [[window]] row of the tables gives a legal basis for the mode {order.mode.value} with a document of "
                f"{order.adapter} ({', '.join(types) or 'no types'}): open the window with the mode manual."
            )

    async def close(self, number: int, statement: WindowStatement) -> tuple[ContingencyWindow, bool]:
        """Close a window: what was decided inside is verified from now on; closing it so again returns it, and False.

        Raises:
            NotKnown: there is no such window.
            Conflict: it was closed otherwise, or its time was over.
        """
        return await self._windows.close(number, statement)

    async def get(self, number: int) -> ContingencyWindow:
        """Return a window with the number of documents that were decided inside.

        Raises:
            NotKnown: there is no such window.
        """
        window = await self._windows.get(number)
        if window is None:
            raise NotKnown("There is no such contingency window.")
        return window

    async def in_force(self) -> tuple[Window, ...]:
        """Return the windows that are in force now."""
        return await self._windows.in_force()

    async def page(
        self, *, before: int | None = None, limit: int = 50, adapter: str | None = None
    ) -> tuple[ContingencyWindow, ...]:
        """Return the windows below a number, the newest first; those of one authority if given."""
        return await self._windows.page(before=before, limit=limit, adapter=adapter)

    async def in_force_until(self) -> tuple[tuple[Window, datetime | None], ...]:
        """Return the windows that are in force now, each with its end; None: once it is closed."""
        windows, ends = await self._windows.in_force(), await self._windows.ends()
        return tuple((one, ends[one.number]) for one in windows if one.number in ends)

    def modes(self, adapter: str) -> tuple[WindowMode, ...]:
        """Return the modes that the tables let a window of an authority have."""
        in_force = self._tables.current().at(self._calendar.day(self._clock()))
        types = in_force.types_of(adapter) or ("",)
        return tuple(one for one in WindowMode if any(one in in_force.window_modes(kind) for kind in types))

    async def decided_inside(
        self,
        number: int,
        *,
        after: int = 0,
        limit: int = 100,
        afterwards: Afterwards | None = None,
        offices: frozenset[str] | None = None,
        owed: bool = False,
        record_id: str | None = None,
    ) -> tuple[ListedInside, ...]:
        """Return the documents that were decided inside a window, behind a place of its list; at some offices if given.

        With `owed` those whose quantity officers have to write off, or had to; with a `record_id` one declaration's.
        """
        return await self._windows.decided_inside(
            number,
            after=after,
            limit=limit,
            afterwards=afterwards,
            identify=self._identify,
            offices=offices,
            owed=owed,
            record_id=record_id,
        )

    async def counts(self, number: int, *, offices: frozenset[str] | None = None) -> Mapping[str, int]:
        """Return how many documents were decided inside a window by what became of them, and how many `owed` a write-off."""
        return await self._windows.counts(number, offices=offices)

    async def verify_afterwards(self) -> int:
        """Have some declarations assessed again whose window has ended; return how many."""
        pauses = self._throttle.pauses
        due = await self._windows.take_afterwards(self._throttle.at_once, first=pauses.first, longest=pauses.longest)
        for record_id in due:
            await self._reassess(record_id)
        return len(due)
