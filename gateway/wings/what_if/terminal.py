"""The report of what would change in a terminal: figures, a bar for each rule, and decisions to read."""

from collections.abc import Mapping
from typing import Any

from rich.bar import Bar
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.domain.decision import Effect
from gateway.history.tally import Counted, Tally
from gateway.terminal.console import WholeTable

COLOURS = {Effect.RELEASE: "green", Effect.HOLD: "yellow", Effect.REFUSE: "red", Effect.NONE: "default"}
FAULTS = {
    "declaration_erased": "the declaration was erased",
    "answers_erased": "the answers are not stored any more",
    "answers_changed": "the stored answers are not those that the trail names",
    "trail_silent": "the trail records no such decision",
    "trail_differs": "the trail records another decision than the one that is stored",
    "unreadable": "what is stored cannot be read",
    "failed": "the rules could not be applied (a fault of the gateway or of the rule set)",
}
"""Why a decision could not be made again."""
_BAR = 24


def headline(about: Mapping[str, Any], tally: Tally) -> str:
    """Return the answer in a sentence."""
    if not tally.decisions:
        return "No decision was made in this time."
    every = counted(tally.decisions, "decision")
    if tally.agrees and tally.explained.count:
        return f"{every}: {tally.same:,} the same; the other {tally.explained.count:,} by rows that their tables did not have yet."
    if tally.agrees:
        return {
            "shadow": f"{every}: the shadow rules would have changed none.",
            "what_if": f"{every}: nothing would change.",
            "replay": f"{every}: every one comes out the same.",
        }[about["question"]]
    flipped = sum(one.count for (before, after), one in tally.effects.items() if before is not after)
    parts = [f"{every}: {tally.same:,} the same", f"{tally.changed.count:,} changed, {flipped:,} of them in effect"]
    if tally.wording.count:
        parts.append(f"{tally.wording.count:,} in wording only")
    if failed := tally.decisions - tally.remade:
        parts.append(f"{failed:,} could not be made again")
    return "; ".join(parts) + "."


def print_counts(console: Console, about: Mapping[str, Any], tally: Tally, titles: Mapping[str, str]) -> None:
    """Print everything that was counted; `titles` name the findings by their codes."""
    console.print(headline(about, tally), style="bold green" if tally.agrees else "bold")
    if any(before is not after for before, after in tally.effects):
        console.print(_effects(tally))
    if tally.rules:
        console.print(_rules(tally, titles))
    if any(share.changed for share in tally.directions.values()):
        console.print(_shares(tally))
    for line in remarks(tally):
        console.print(line)


def remarks(tally: Tally) -> list[str]:
    """Return the remarks that a reader needs beside the tables, each in a sentence."""
    lines = []
    for (code, place), one in sorted(tally.explaining.items()):
        lines.append(
            f"{counted(one.count, 'decision')} would come out otherwise by {code} ({place}), which their tables did not have yet: "
            f"no fault, and what was released stays released. {_named(one)}"
        )
    for kind, one in sorted(tally.unasked.items()):
        lines.append(
            f"{counted(one.count, 'decision')} would ask about {kind}, about which nobody was asked then: "
            f"not determined, so a hold. {_named(one)}"
        )
    for (without, once), one in sorted(tally.unordered.items(), key=lambda pair: -pair[0][0].gravity):
        lines.append(
            f"{counted(one.count, 'decision')}, counted here as {without}, would be {once} once the quantity is reserved: "
            f"nobody had a reason to reserve it then. {_named(one)}"
        )
    if tally.unexplained.count:
        lines.append(
            f"{counted(tally.unexplained.count, 'decision')} would have another effect without a finding that says why. "
            f"{_named(tally.unexplained)}"
        )
    if tally.wording.count:
        lines.append(
            f"{counted(tally.wording.count, 'decision')} would say the same in other words. {_named(tally.wording)}"
        )
    for fault, one in sorted(tally.faults.items()):
        lines.append(f"{counted(one.count, 'decision')} could not be made again: {FAULTS[fault.value]}. {_named(one)}")
    for version, count in sorted(tally.replaced.items()):
        lines.append(
            f"{counted(count, 'decision')} made under tables {version}, which are not stored: those at hand were taken instead."
        )
    return lines


def counted(number: int, what: str) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def _named(one: Counted) -> str:
    return f"For example {', '.join(one.examples)}."


def _effects(tally: Tally) -> Table:
    effects = (Effect.RELEASE, Effect.HOLD, Effect.REFUSE)
    table = WholeTable(title="What was decided, and what it would be", title_justify="left")
    table.add_column("was")
    for effect in effects:
        table.add_column(f"would be {effect}", justify="right")
    table.add_column("for example", overflow="fold")
    for before in effects:
        cells, example = [], ""
        for after in effects:
            one = tally.effects.get((before, after))
            style = f"bold {COLOURS[after]}" if before is not after else "dim"
            cells.append(Text(f"{one.count:,}" if one else "", style=style))
            if one and before is not after:
                example = example or one.examples[0]
        table.add_row(Text(before, style=COLOURS[before]), *cells, example)
    return table


def _rules(tally: Tally, titles: Mapping[str, str]) -> Table:
    table = WholeTable(title="By rule", title_justify="left")
    table.add_column("finding")
    table.add_column("was -> would be", overflow="fold")
    for name in ("findings", "decisions", "effects changed"):
        table.add_column(name, justify="right")
    table.add_column("", no_wrap=True, width=_BAR)
    table.add_column("for example", overflow="fold")
    most = max(rule.decisions.count for rule in tally.rules.values())
    for code, rule in tally.by_weight():
        steps = sorted(rule.findings.items(), key=lambda step: (-step[1], step[0]))
        table.add_row(
            Text(code, style="cyan").append(f"\n{titles.get(code, '')}", style="dim"),
            "\n".join(f"{was or '(not said)'} -> {now or '(not said)'}" for (was, now), _ in steps),
            "\n".join(f"{count:,}" for _, count in steps),
            f"{rule.decisions.count:,}",
            Text(f"{rule.flips.count:,}", style="bold" if rule.flips.count else "dim"),
            Bar(most, 0, rule.decisions.count, width=_BAR, color="red" if rule.flips.count else "blue"),
            (rule.flips.examples or rule.decisions.examples)[0],
        )
    return table


def _shares(tally: Tally) -> Table:
    table = WholeTable(title="Where", title_justify="left")
    table.add_column("of")
    for name in ("decisions", "changed", "effects changed"):
        table.add_column(name, justify="right")
    for title, shares in (("direction", tally.directions), ("authority", tally.authorities)):
        for name, share in sorted(shares.items()):
            table.add_row(f"{title} {name}", f"{share.decisions:,}", f"{share.changed:,}", f"{share.flipped:,}")
    return table
