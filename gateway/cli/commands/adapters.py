"""The command `gateway adapters`: how adapters stand over all replicas, by what the database knows."""

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from gateway.api.views import authorities
from gateway.domain.adapter_switch import AdapterState
from gateway.domain.authority_figures import AdapterFigures, Answering
from gateway.domain.codec import encode
from gateway.lifecycle.authorities.authority_figures import FiguresOverAll
from gateway.settings import Settings, load
from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import printed
from gateway.terminal.opened_store import in_store

_UNKNOWN = "-"
"""What is not known: never a zero."""
_COLUMNS = (
    "adapter", "stands", "tier", "runs in", "breaker", "in flight", "half within", "95 of 100", "calls", "without answer",
    "last exchange",
)  # fmt: skip
_FEW = ("adapter", "stands", "tier", "95 of 100", "without answer")
"""The columns that a terminal of 80 characters has room for."""


def adapters(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One adapter, with all that is known.")] = None,
    wide: Annotated[bool, typer.Option("--wide", help="All columns, for a terminal of 160 characters.")] = False,
    processes: Annotated[bool, typer.Option("--processes", help="Also as each process that lives says.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object with all of it.")] = False,
) -> None:
    """Prints how adapters stand over all replicas: tier and why, quarantine, breaker, latency, errors, last exchange."""
    found = listed(load(os.environ))
    if name is not None:
        known = ", ".join(one["name"] for one in found)
        found = [one for one in found if one["name"] == name]
        if not found:
            raise typer.BadParameter(f"no adapter {name} is known; there are {known or 'none'}")
    if as_json:
        print(encode({"items": found}).decode())
        return
    _print(found, alone=name is not None, columns=_COLUMNS if wide else _FEW, processes=processes)


def listed(settings: Settings) -> list[dict[str, Any]]:
    """Return what is known over all replicas of the adapters that are configured here, and of those that a process says it has.

    Raises:
        StoreError: the database cannot be used.
    """
    return in_store(lambda store: _read(store, settings), settings)


async def _read(store: Store, settings: Settings) -> list[dict[str, Any]]:
    off, known = await store.adapters.off(), await store.adapter_processes.all()
    here = {one.name for one in settings.enabled_adapters()}
    names = sorted(here | {name for name, one in known.items() if one.living})
    # It made no calls itself: what processes wrote is all there is.
    figures = FiguresOverAll(
        store=store.authority_figures,
        processes=store.adapter_processes,
        own=lambda: [AdapterFigures(name=name, answering=Answering(), slots=()) for name in names],
        clock=lambda: datetime.now(UTC),
        every_s=settings.sweep_seconds,
    )
    lately = await figures.lately()
    items = []
    for name in names:
        switched, one = off.get(name), lately[name]
        quarantine = switched.quarantine if switched is not None else None
        items.append(
            {
                "name": name,
                "configured": name in here,
                "state": switched.state if switched is not None else AdapterState.ENABLED,
                "since": switched.since if switched is not None else None,
                "quarantine": None
                if switched is None or quarantine is None
                else authorities.quarantined(quarantine, switched.since),
                # Where nobody ever said anything, nothing is known: not that there were no calls.
                "over_all": authorities.over_all(one) if one.processes.known or one.slots else None,
            }
        )
    return items


def _print(found: list[dict[str, Any]], *, alone: bool, columns: Sequence[str], processes: bool) -> None:
    console = output_console()
    title = "Over all replicas; calls of the last hour"
    if alone:
        table = WholeTable(title=title, title_justify="left", show_header=False)
        for column, cell in zip(_COLUMNS, _row(found[0]), strict=True):
            table.add_row(column, cell)
    else:
        table = WholeTable(*columns, title=title, title_justify="left")
        table.columns[0].no_wrap = True
        for one in found:
            table.add_row(*(cell for column, cell in zip(_COLUMNS, _row(one), strict=True) if column in columns))
    console.print(table)
    for one in found:
        for why in _whys(one):
            console.print(f"{one['name']}: {why}")
    if processes:
        console.print(_by_process(found))


def _row(one: Mapping[str, Any]) -> tuple[str, ...]:
    all_, living = one["over_all"], _living(one)
    if all_ is None:
        return (one["name"], _stands(one), *[_UNKNOWN] * (len(_COLUMNS) - 2))
    return (
        one["name"],
        _stands(one),
        _each(process["tier"] for process in living),
        _each(process["runs_in"] for process in living),
        _UNKNOWN if all_["breakers_open"] is None else f"open in {all_['breakers_open']} of {len(living)}",
        _or_unknown(all_["in_flight"]),
        _within(all_["latency_p50_ms"], all_["calls"]),
        _within(all_["latency_p95_ms"], all_["calls"]),
        str(all_["calls"]),
        ", ".join(f"{fault['code']}: {fault['count']}" for fault in all_["faults"]) or str(all_["failures"]),
        _exchange(all_["last_exchange"]),
    )


def _stands(one: Mapping[str, Any]) -> str:
    """Say what it is switched to, and whether its authority answers."""
    if one["since"] is not None:
        return f"{one['state']} since {printed(one['since'])}"
    if one["over_all"] is None:
        return "no process ever had it"
    if (down := one["over_all"]["down_since"]) is not None:
        return f"no answer since {printed(down)}"
    if one["over_all"]["last_ok_at"] is not None:
        return "answers"
    return "not asked lately" if _living(one) else "no process has it"


def _living(one: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what each process that lives says."""
    return [] if one["over_all"] is None else [*one["over_all"]["processes"]]


def _whys(one: Mapping[str, Any]) -> list[str]:
    whys = list(dict.fromkeys(process["why"] for process in _living(one)))
    if one["quarantine"] is not None:
        whys.append(f"quarantined: {one['quarantine']['why']}; it is run again once an officer or operator enables it")
    if not one["configured"]:
        whys.append("it is not configured here; a process has it all the same")
    return whys


def _by_process(found: list[dict[str, Any]]) -> Any:
    columns = ("process", "adapter", "tier", "runs in", "breaker", "in flight", "last exchange", "said at")
    table = WholeTable(*columns, expand=False, title="As each process that lives says", title_justify="left")
    for one in found:
        for process in _living(one):
            table.add_row(
                process["process"].rpartition("/")[0] or process["process"],
                one["name"],
                process["tier"],
                process["runs_in"],
                process["breaker"],
                str(process["in_flight"]),
                _exchange(process["last_exchange"]),
                printed(process["at"]),
            )
    return table


def _each(values: Any) -> str:
    """Write what processes say, where they do not say the same each of it."""
    return " or ".join(dict.fromkeys(values)) or _UNKNOWN


def _or_unknown(value: object) -> str:
    return _UNKNOWN if value is None else str(value)


def _within(milliseconds: int | None, calls: int) -> str:
    if milliseconds is not None:
        return f"{milliseconds} ms"
    return "longer than 40 s" if calls else _UNKNOWN


def _exchange(last: Any) -> str:
    return _UNKNOWN if last is None else f"{printed(last.at)} {last.outcome} {last.milliseconds} ms"
