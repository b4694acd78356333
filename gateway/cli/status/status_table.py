"""The table of a gateway's status, for persons at a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from rich.table import Table

from gateway.terminal.console import WholeTable
from gateway.terminal.moments import printed
from gateway.terminal.spans import span

NOT_KNOWN = "not known"
_MEANS = {
    "answers": "says nothing",
    "serving": "is stopping",
    "store": "the database does not answer or cannot be written to",
    "schema": "the database has another schema",
    "taking_declarations": "takes no declarations: it is stopping",
    "tables": "does not serve the tables in force",
    "loops": "a loop does nothing any more",
}
Row = tuple[str, str, str]


def status_table(body: Mapping[str, Any]) -> Table:
    """Return the table of what `GatewayStatus.body` told."""
    table = WholeTable("", "how many", "how it stands", title=_title(body), title_justify="left")
    for rows in (_gateway(body), _declarations(body), _authorities(body), _people(body), _upkeep(body)):
        for row in rows:
            table.add_row(*row)
        table.add_section()
    return table


def _title(body: Mapping[str, Any]) -> str:
    return f"{body['url']}, {printed(body['at'])}"


def _gateway(body: Mapping[str, Any]) -> Iterator[Row]:
    if body["figures_unknown"] is not None:
        yield "figures", NOT_KNOWN, f"{body['figures_from']}: {body['figures_unknown']}"
    yield "version", "", body["version"] or NOT_KNOWN
    yield "ready", "", _ready(body)
    processes = body["processes"]
    yield "processes here", _count(processes), ""
    for one in processes or ():
        yield f"  process {one['pid']}", "", _process(one)
    versions = "processes over all replicas"
    yield from _each(
        body, "versions", versions, lambda one: (versions, str(one["number"]), f"version {one['version']}")
    )
    answers = body["database_answers"]
    yield (
        "database",
        "",
        NOT_KNOWN if answers is None else "answers" if answers else "does not answer: what stands in it is not known",
    )


def _ready(body: Mapping[str, Any]) -> str:
    if body["ready"] is None:
        return "not known: nobody answers"
    return "yes, the process that answered" if body["ready"] else f"no: {whys(body['not_ready'])}"


def whys(parts: Sequence[str]) -> str:
    """Return what it means that these parts of a process are not as they have to be."""
    return "; ".join(_MEANS.get(part, part) for part in parts)


def _process(one: Mapping[str, Any]) -> str:
    ready = (
        "ready"
        if one["not_ready"] == []
        else f"not ready: {whys(one['not_ready'])}"
        if one["not_ready"]
        else f"readiness {NOT_KNOWN}"
    )
    ahead = one["clock_ahead_of_database_s"]
    clock = (
        f"clock against the database's {ahead:+.1f} s"
        if ahead is not None
        else f"clock against the database's {NOT_KNOWN}"
    )
    return f"{ready}; {_megabytes(one['resident_bytes'])}; {_or_unknown(one['open_files'])} files; {clock}"


def _declarations(body: Mapping[str, Any]) -> Iterator[Row]:
    yield "held or refused", *_stands(body["held"])
    yield from _each(body, "held_by_finding", "  by finding", lambda one: (f"  {one['finding']}", *_stands(one)))
    yield from _each(
        body, "held_by_authority", "  by authority", lambda one: (f"  documents of {one['authority']}", *_stands(one))
    )
    yield "whether held is not known of", *_stands(body["unlisted"])
    yield "not asked again by itself", *_stands(body["given_up"])
    yield from _each(
        body,
        "movements_open",
        "orders open",
        lambda one: (f"orders {one['state'].replace('_', ' ')}, {one['adapter']}", *_stands(one)),
    )
    yield "wait for a decision", *_stands(body["backlog"])
    yield "to be assessed again", *_stands(body["assessments_due"])


def _authorities(body: Mapping[str, Any]) -> Iterator[Row]:
    if body["authorities"] is None:
        yield "authorities", NOT_KNOWN, ""
        return
    for one in body["authorities"]:
        calls = sum(one["calls"].values())
        yield f"authority {one['adapter']}", f"{calls} calls", "; ".join(_authority(one))


def _authority(one: Mapping[str, Any]) -> Iterator[str]:
    if not one["off_known"]:
        yield f"whether it is switched off, its breaker and windows: {NOT_KNOWN}"
    elif one["off"] is not None:
        yield f"{one['off']} for {_span(one['off_s'])}"
    if one["breakers_open"]:
        yield f"breaker open in {one['breakers_open']} processes"
    elif one["breakers_open"] is not None and one["off"] is None:
        yield "breaker closed"
    if one["windows"]:
        yield "a contingency window is open"
    if one["clock_ahead_s"] is not None:
        yield f"clock against its own {one['clock_ahead_s']:+.0f} s"


def _people(body: Mapping[str, Any]) -> Iterator[Row]:
    yield "wait for a second person", *_stands(body["approvals"])
    yield from _tables(body)
    yield from _each(body, "applications", "applications", lambda one: (f"applications, {one['kind']}", *_stands(one)))


def _tables(body: Mapping[str, Any]) -> Iterator[Row]:
    """Say of the tables of the configuration whether they wait for a person or were rejected; nothing where they do neither."""
    if not body["tables_waiting"]:
        yield "tables of the configuration", NOT_KNOWN, ""
    for one in body["tables_waiting"] or ():
        if one["number"]:
            long = f" for {_span(one['oldest_s'])}" if one["oldest_s"] is not None else ""
            yield f"tables {one['tables']}", "do not count", f"wait for a second person{long}: `gateway doctor`"
    for one in body["tables_rejected"] or ():
        if one["number"]:
            yield f"tables {one['tables']}", "do not count", f"a person rejected them {_span(one['oldest_s'])} ago"


def _upkeep(body: Mapping[str, Any]) -> Iterator[Row]:
    yield from _each(body, "jobs", "jobs", _jobs)
    newest = body["checkpoints"]
    age = f"the newest is {_span(newest['oldest_s'])} old" if newest and newest["oldest_s"] is not None else ""
    yield "checkpoints", NOT_KNOWN if newest is None else _or_unknown(newest["number"]), age
    for one in body["certificates"] or ():
        yield one["certificate"], "", _certificate(one)


def _jobs(one: Mapping[str, Any]) -> Row:
    late = f"the oldest is {_span(one['oldest_s'])} late" if one["oldest_s"] is not None else "none is late"
    return f"jobs {one['status']}", _or_unknown(one["number"]), late


def _certificate(one: Mapping[str, Any]) -> str:
    ends = one["ends_s"]
    left = NOT_KNOWN if ends is None else f"ends in {span(ends)}" if ends > 0 else f"ended {span(-ends)} ago"
    return left if one["usable"] else f"{left}; cannot be used: `gateway doctor` says why"


def _each(body: Mapping[str, Any], member: str, called: str, row: Callable[[Mapping[str, Any]], Row]) -> Iterator[Row]:
    """Yield the row of each of them; or the one that says that there is none, or that they are not known."""
    if not (found := body[member]):
        yield called, NOT_KNOWN if found is None else "none", ""
    yield from map(row, found or ())


def _stands(one: Mapping[str, Any] | None) -> tuple[str, str]:
    if one is None or one["number"] is None:
        return NOT_KNOWN, ""
    return str(one["number"]), "" if one["oldest_s"] is None else f"the oldest {span(one['oldest_s'])}"


def _count(found: Any) -> str:
    return NOT_KNOWN if found is None else str(len(found))


def _megabytes(found: float | None) -> str:
    return f"memory {NOT_KNOWN}" if found is None else f"{found / 1_000_000:.0f} MB"


def _span(seconds: float | None) -> str:
    return NOT_KNOWN if seconds is None else span(seconds)


def _or_unknown(number: float | None) -> str:
    return NOT_KNOWN if number is None else f"{number:.0f}"
