"""Many past decisions made again on all cores: pages from the database to processes, tallies back. Nothing is written."""

import asyncio
import os
import signal
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module
from multiprocessing import active_children, connection, get_context, parent_process

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from gateway.decisions import RuleSet
from gateway.domain.calendar import Calendar
from gateway.domain.tables.in_force import Tables
from gateway.history import shadow as shading
from gateway.history.recall import completed_under
from gateway.history.recompute import RecomputationBasis
from gateway.history.tally import Tally
from gateway.resources import Resource
from gateway.settings.tables import Completed
from gateway.store import Past, PastDecision, Store

PAGE = 50
"""Decisions that travel together: few enough that no process waits long for the last page."""

Page = tuple[PastDecision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The span of the decisions: those made at `since` or later, and before `until`."""

    since: datetime
    until: datetime | None


class NoSuchRules(Exception):
    """A named rule set that cannot be loaded."""


def rule_set(name: str) -> RuleSet:
    """Return the rule set `PACKAGE:NAME`.

    Raises:
        NoSuchRules: there is none under this name.
    """
    package, _, attribute = name.partition(":")
    try:
        found = getattr(import_module(package), attribute)
    except Exception as error:  # whatever the package does when it is imported
        raise NoSuchRules(f"{name} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, RuleSet):
        raise NoSuchRules(f"{name} is no gateway.decisions.RuleSet")
    return found


async def recompute(
    url: str,
    span: Span,
    how: RecomputationBasis,
    delivered: Tables,
    rules: str | None,
    console: Console,
    processes: int,
) -> Tally:
    """Make all decisions of a span again, in parallel; `rules` names another rule set.

    Raises:
        StoreUnavailable: the database does not answer.
        BrokenProcessPool: a process was killed.
    """
    async with Store.opened(url) as store, store.history.past(since=span.since, until=span.until) as past:
        how = replace(how, own=await _own(store, how.tables, delivered))
        at_work = max(1, min(processes, -(-past.count // PAGE)))
        beside = Resource("recomputations", at_work)
        pool = ProcessPoolExecutor(
            int(beside.bound), mp_context=get_context("spawn"), initializer=_begin, initargs=(how, rules)
        )
        loop = asyncio.get_running_loop()
        try:
            return await _gathered(
                past.pages(PAGE),
                lambda page: loop.run_in_executor(pool, _tally, page),
                past,
                console,
                at_once=2 * at_work,
            )
        except BaseException:
            # Whoever waits for a rule that never ends would wait with it.
            for process in active_children():
                process.kill()
            raise
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


async def _own(store: Store, ours: Tables, delivered: Tables) -> dict[str, Completed]:
    """Return every set of tables that is stored and can be read here, by its digest."""
    own = {}
    for digest in {switch.digest for switch in await store.table_sets.switches()}:
        found = await completed_under(store, digest, ours, delivered)
        if found.tables.digest == digest:
            own[digest] = found
    return own


async def count_shadows(url: str, span: Span, calendar: Calendar, console: Console) -> Tally:
    """Count what would change if the shadow rules had counted; raises `StoreUnavailable`."""

    whole = Tally()
    async with Store.opened(url) as store, store.history.past(since=span.since, until=span.until) as past:
        with _progress(past, console) as advance:
            async with aclosing(shading.count_shadows(past, calendar)) as tallies:
                async for part in tallies:
                    whole.merge(part)
                    advance(part.decisions)
    return whole


@contextmanager
def _progress(past: Past, console: Console) -> Iterator[Callable[[int], None]]:
    """Show how many of the decisions are done."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        bar = progress.add_task("decisions", total=past.count)
        yield lambda done: progress.advance(bar, done)


async def _gathered(
    pages: AsyncGenerator[Page, None],
    tally: Callable[[Page], Awaitable[Tally]],
    past: Past,
    console: Console,
    *,
    at_once: int,
) -> Tally:
    """Hand pages out and merge their tallies, never more than a few at once, so that memory does not grow with their number."""
    whole = Tally()
    with _progress(past, console) as advance:
        waiting: set[asyncio.Future[Tally]] = set()

        async def take(*, left: int) -> None:
            nonlocal waiting
            while len(waiting) > left:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                for one in done:
                    part = one.result()
                    whole.merge(part)
                    advance(part.decisions)

        async with aclosing(pages):
            async for page in pages:
                waiting.add(asyncio.ensure_future(tally(page)))
                await take(left=at_once)
        await take(left=0)
    return whole


_with: RecomputationBasis | None = None


def _begin(how: RecomputationBasis, rules: str | None) -> None:
    """Prepare a process: a Ctrl-C is its parent's alone, and it ends when that is gone, however it went."""
    global _with
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()
    assert parent is not None
    threading.Thread(target=_follow, args=(parent.sentinel,), name="parent", daemon=True).start()
    _with = how if rules is None else replace(how, rules=rule_set(rules))


def _follow(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _tally(page: Page) -> Tally:
    assert _with is not None
    return _with.tally(page)
