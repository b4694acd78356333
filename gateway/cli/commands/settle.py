"""`gateway settle`: list the movements in doubt, and reconcile them with the authorities now."""

import asyncio
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Annotated

import typer
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_exponential

from gateway import observe
from gateway.app import Gateway, opened
from gateway.cli.simulated import require_fit
from gateway.domain.actor import Actor, at_the_command_line
from gateway.domain.assessment_cause import AssessmentCause
from gateway.domain.contingency import WindowStatement
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown, StoreUnavailable
from gateway.domain.movement import Movement, MovementState
from gateway.domain.record import Record
from gateway.lifecycle.declaration_names import DeclarationNames
from gateway.resources import Resource
from gateway.settings import Settings, load
from gateway.store import Arrival, OpenMovement, Store
from gateway.terminal.console import output_console, table_of_ids
from gateway.terminal.database import database
from gateway.terminal.exits import Exit
from gateway.terminal.moments import moment
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant
from gateway.terminal.user import user

LISTED = 1_000
"""Open movements that the list shows at most."""
EVERY = 1_000_000
_ATTEMPTS = 8
_PAUSE_S = 10.0
"""So often, with pauses up to so long, a declaration is begun again where the database does not answer: a minute in all."""
_LINES = 20
"""So many lines of progress there are in a pipe."""
_COLOURS = {MovementState.DONE: "green", MovementState.IN_DOUBT: "yellow", MovementState.PLANNED: "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Became:
    """A declaration that was reconciled: its movements before and afterwards."""

    record: Record
    before: Sequence[Movement]
    after: Sequence[Movement]

    @property
    def changed(self) -> tuple[Movement, ...]:
        """The movements about which something else is known than before, and those that are open still."""
        known = {movement.number: movement for movement in self.before}
        return tuple(one for one in self.after if one.open or not _is_same(one, known.get(one.number)))

    @property
    def open(self) -> bool:
        """Whether a movement is still in doubt, or the declaration is still due for processing."""
        return self.record.due or any(movement.open for movement in self.after)


def settle(
    declarations: Annotated[
        list[str] | None, typer.Argument(metavar="[DECLARATION]...", help="To reconcile now: ids, MRNs or LRNs.")
    ] = None,
    declarant: Declarant = None,
    everything: Annotated[bool, typer.Option("--all", help="Reconcile everything that is in doubt.")] = False,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="After a restore from a backup: doubt what every declaration moved that holds a reservation, or to which "
            "something happened since TIME (as 2026-11-24T02:00:00Z), and reconcile it. Take a TIME so long before the backup "
            "that released declarations which could still be amended or invalidated are covered.",
        ),
    ] = None,
    nothing_lost: Annotated[
        bool,
        typer.Option(
            "--nothing-lost",
            help="Have a database served that was moved as a whole, from a gateway that was stopped before: nothing is doubted.",
        ),
    ] = False,
    officer: Annotated[
        str | None, typer.Option(help="Who orders it, for the trail of --since; else the user of this machine.")
    ] = None,
) -> Exit:
    """Shows the movements that are in doubt, or reconciles them with their authorities now. Status: 0 nothing in doubt, 10 something.

    Without anything: what was ordered at an authority and is not known to have been done, with its cause. The gateway
    reconciles it by itself, after ever longer pauses. Use --all or a declaration when an authority is back and you do not want to wait
    for the next pause, and --since after a restore, before the gateway serves again: it refuses to until then.
    """
    if bool(declarations) + everything + (since is not None) + nothing_lost > 1:
        raise typer.BadParameter("one of these: declarations by name, --all, --since, --nothing-lost")
    doubted = None if since is None else moment("--since", since)
    settings = load(os.environ)
    asks = bool(declarations) or everything or doubted is not None
    if asks:
        require_fit(settings)
    observe.configure_logging(settings.log_level)
    console = output_console()
    if nothing_lost:
        return in_store(lambda store: _accept(store, console), settings)
    if not asks:
        return in_store(lambda store: _show(store, console), settings)
    with database(settings) as found:
        names = [DeclarationName.of_text(one, declarant) for one in declarations or ()]
        return uvloop.run(_settle(settings, found.url, console, names, doubted, at_the_command_line(officer or user())))


async def _show(store: Store, console: Console) -> Exit:
    found, left = await store.movements.open(LISTED + 1), await store.movements.left_at_authorities(LISTED)
    if not found:
        console.print("No movement is in doubt.", style="green")
    else:
        console.print(_open_table(found[:LISTED]))
        if len(found) > LISTED:
            console.print(f"These are the {LISTED} longest waiting; there are more.")
        console.print("They are reconciled by themselves; `gateway settle --all` does it now.")
    if left:
        console.print(_left_table(left))
        console.print("These remain at their authorities, and no order corrects them: an officer has to.")
    return Exit.HOLD if found or left else Exit.RELEASE


async def _accept(store: Store, console: Console) -> Exit:
    news = await store.served_identity.accept(Arrival.NOTHING_LOST)
    console.print("It is served where it stands." if news else "It is served where it stood before: nothing to do.")
    return Exit.RELEASE


async def _settle(
    settings: Settings, url: str, console: Console, names: Sequence[DeclarationName], since: datetime | None, by: Actor
) -> Exit:
    async with opened(settings, database_url=url, worker=False, publishing=False) as gateway:
        if since is None:
            await gateway.store.served_identity.require()
        else:
            # Notices from after the backup are lost: their followers get the place where to go on.
            await gateway.store.notices.begin_feed()
            await _close_windows(gateway, console, by)
        named = await _named(gateway.store, names, since)
        # Others' leases run out first, then the position is read and, at worst, moved: each within its deadline.
        within_s = settings.lease_seconds + 4 * settings.deadline_seconds
        became = await _reconciled(
            gateway, named, by, doubting=since is not None, anew=bool(names), at_once=settings.max_in_flight,
            within_s=within_s,
        )  # fmt: skip
        if since is not None:
            # Everything that may differ is doubted by now: it holds until its authority was asked.
            await gateway.store.served_identity.accept(Arrival.SETTLED)
    return _report(console, became)


async def _close_windows(gateway: Gateway, console: Console, by: Actor) -> None:
    """Close the contingency windows that stand open again: whether they were closed meanwhile is not known any more."""
    for window in await gateway.lifecycle.contingency.in_force():
        statement = WindowStatement(officer=by.person, reason="restored from a backup", by=by)
        await gateway.lifecycle.contingency.close(window.number, statement)
        news = f"Contingency window {window.number} ({window.adapter}, {window.mode}) is closed: open another one if it is wanted still."
        console.print(news, style="yellow")


async def _named(store: Store, names: Sequence[DeclarationName], since: datetime | None) -> Sequence[str]:
    if since is not None:
        return await store.movements.moved_since(since)
    ids = [(await _found(store, one)).id for one in names]
    return tuple(dict.fromkeys(ids or [found.id for found in await store.movements.open(EVERY)]))


async def _found(store: Store, name: DeclarationName) -> Record:
    try:
        return await DeclarationNames(store.declarations).find(name)
    except NotKnown:
        raise NotKnown(f"There is no declaration {name.id or name.mrn or name.lrn}.") from None


async def _reconciled(
    gateway: Gateway, named: Sequence[str], by: Actor, *, doubting: bool, anew: bool, at_once: int, within_s: float
) -> list[Became]:
    slots, told = Resource("settlements", at_once), _Told(console=output_console(), total=len(named))
    with Progress(console=output_console(wraps=True), transient=True) as progress:
        bar = progress.add_task("reconciling with the authorities", total=len(named))

        # One of many declarations may meet a database that is busy with the others: that does not end the whole.
        @retry(
            retry=retry_if_exception_type(StoreUnavailable),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_exponential(max=_PAUSE_S),
            reraise=True,
        )
        async def reconcile(record_id: str) -> Became:
            async with slots.turn():
                before = await gateway.lifecycle.movements(record_id)
                seq = None
                if doubting:
                    seq = (await gateway.lifecycle.steps.doubt(record_id, by=by)).seq
                else:
                    await gateway.lifecycle.steps.ask_again(record_id, anew=anew, because=AssessmentCause.ORDERED)
                record = await gateway.lifecycle.once_decided(record_id, seq=seq, within_s=within_s)
                after = await gateway.lifecycle.movements(record_id)
            progress.advance(bar)
            told.one_more()
            return Became(record=record, before=before, after=after)

        return await asyncio.gather(*(reconcile(record_id) for record_id in named))


@dataclass(slots=True, kw_only=True)
class _Told:
    """The progress as lines, where a bar would show nothing: some twenty of them, whatever there is to reconcile."""

    console: Console
    total: int
    began: float = field(default_factory=monotonic)
    done: int = 0

    def one_more(self) -> None:
        """Count one declaration more, and print how far it has come where it is time to."""
        self.done += 1
        if self.console.is_terminal or self.done == self.total or self.done % max(1, self.total // _LINES):
            return
        left = (monotonic() - self.began) / self.done * (self.total - self.done)
        self.console.print(f"{self.done} of {self.total} declarations reconciled, about {round(left)} s more")


def _report(console: Console, became: Sequence[Became]) -> Exit:
    rows = [(one.record, movement) for one in became for movement in one.changed]
    if rows:
        console.print(_became_table(rows))
    left = sum(movement.open for _, movement in rows)
    for one in became:
        if one.record.due:
            console.print(f"{one.record.id}: still due, another replica has it", style="yellow")
    news = f"{_counted(len(became), 'declaration')} reconciled, {_counted(len(rows) - left, 'movement')} found changed"
    console.print(f"{news}, {left or 'none'} in doubt.")
    return Exit.HOLD if any(one.open for one in became) else Exit.RELEASE


def _open_table(found: Iterable[OpenMovement]) -> Table:
    table = _table("since", "polls", "cause")
    for one in found:
        movement = one.movement
        since = movement.planned_at.astimezone().isoformat(timespec="seconds")
        table.add_row(*_named_in(one.id, movement), since, str(movement.looks), movement.cause or "")
    return table


def _left_table(found: Iterable[OpenMovement]) -> Table:
    table = _table("quantity now", "refusal")
    for one in found:
        table.add_row(*_named_in(one.id, one.movement), _position_text(one.movement), one.movement.refusal or "")
    return table


def _became_table(rows: Iterable[tuple[Record, Movement]]) -> Table:
    table = _table("quantity now", "cause")
    for record, movement in rows:
        table.add_row(*_named_in(record.id, movement), _position_text(movement), movement.cause or "")
    return table


def _table(*more: str) -> Table:
    return table_of_ids("declaration", "MRN", "document", "kind", "state", *more)


def _named_in(record_id: str, movement: Movement) -> tuple[str, Text, Text, str, Text]:
    state = Text(movement.state.value.replace("_", " "), style=_COLOURS.get(movement.state, "red"))
    document = Text(f"{movement.type} {movement.reference}")
    return record_id, Text(movement.mrn), document, movement.kind.value.replace("_", " "), state


def _position_text(movement: Movement) -> str:
    own = movement.holding
    if own is None:
        return "not known"
    if own.written_off:
        return "written off"
    return "reserved" if own.reserved else "nothing"


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is_same(now: Movement, before: Movement | None) -> bool:
    return before is not None and (now.state, now.holding) == (before.state, before.holding)
