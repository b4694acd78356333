"""The printing of stories and decisions for a customs officer in a terminal."""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from gateway.cli.demo.story import FOLDER, Played, Story, quantities, stopping

_COLOURS = {"release": "bold green", "hold": "bold yellow", "refuse": "bold red"}
_DONE = frozenset({"released", "invalidated"})
"""States in which it is not the decision any more that counts."""
_ITEMS_LISTED = 5
SIGN_INS = (
    ("/sign-in?target=/console/queue", "the officer console: enter as the first or the second demo officer"),
    ("/sign-in?target=/", "the trader portal: enter as the demo trader"),
)
"""The pages of people, each by way of a sign-in of one click."""


def print_story(console: Console, story: Story) -> None:
    """Print a story's title and what an officer sees in it."""
    console.print()
    console.print(Text(f"{story.number}. {story.title}", style="bold"))
    console.print(Padding(Text(story.sees, style="dim"), (0, 0, 0, 3), expand=False))


def print_step(console: Console, played: Played) -> None:
    """Print what happened and, with a decision, why it is so and what to do about it."""
    if played.step.says:
        _indented(console, Text(f"... {played.step.says}", style="italic"))
    if played.reply is None:
        return
    decision = played.reply.decision
    if decision is None:
        problem = played.reply.body.get("detail") or played.reply.body.get("title") or played.reply.body.get("state")
        _indented(console, Text(f"no decision ({played.reply.status}): {problem}", style="bold red"))
        for error in played.reply.body.get("errors") or ():
            _indented(console, Text(f"{error.get('line') or error.get('path')}: {error.get('message')}"), deeper=True)
    else:
        _indented(console, _headline(played, decision))
        for line in quantities(played.reply.body):
            _indented(console, Text(line, style="magenta"), deeper=True)
        for lines in _findings(decision["findings"]):
            _indented(console, lines, deeper=True)
    if not played.as_expected:
        _indented(console, _difference(played, decision))


def print_case(console: Console, url: str, played: Played) -> None:
    """Print where the console shows the declaration of a story."""
    record_id = played.reply.body.get("id") if played.reply is not None else None
    if record_id is not None:
        # No padding: that cuts what is wider than the terminal.
        console.print(Text(f"   {url}/console/declarations/{record_id}", style="dim"), soft_wrap=True)


def print_sum(console: Console, *, right: int, wrong: int, first_s: float | None) -> None:
    """Print how many stories came out as expected."""
    console.print()
    if first_s is not None:
        console.print(f"First decision {first_s:.1f} s after the start.", style="dim")
    if wrong:
        console.print(f"{wrong} of {right + wrong} stories did not come out as expected.", style="bold red")
    else:
        console.print(f"All {right} stories came out as expected.", style="bold green")


def print_pages(console: Console, url: str, simulators: Mapping[str, str]) -> None:
    """Print the addresses to visit next."""
    console.print()
    console.print(f"The gateway serves on {url} until Ctrl-C. In a browser, one click signs you in:")
    for path, what in SIGN_INS:
        console.print(f"  {url}{path:<30} {what}", soft_wrap=True)
    console.print("Look also at:")
    for path, what in (
        ("/docs", "every call, to be tried out (works offline)"),
        ("/docs/guide", "the guide to all of it, with a search"),
        ("/v1/declarations", "the declarations above with their decisions"),
        ("/v1/adapters", "the authorities: health, breaker, latency"),
        ("/metrics", "figures for Prometheus"),
        ("/readyz", "whether it takes declarations"),
    ):
        console.print(f"  {url}{path:<18} {what}", soft_wrap=True)
    for name, where in simulators.items():
        console.print(f"  {where}/_simulator  what was asked of the simulated {name}", soft_wrap=True)
    sample = Path(os.path.relpath(FOLDER / "01-clean-release.xml"))
    console.print("Lodge one yourself (the same content again gets the stored answer):")
    console.print(f"  {_command()} submit {sample} --url {url}", soft_wrap=True)


def _command() -> str:
    """Return the command as it is called from here."""
    beside = Path(sys.executable).with_name("gateway")
    return "gateway" if shutil.which("gateway") or not beside.exists() else os.path.relpath(beside)


def _headline(played: Played, decision: Mapping[str, Any]) -> Text:
    effect = str(decision["effect"])
    line = Text("-> ").append(effect.upper(), style=_COLOURS.get(effect, "bold"))
    state = str(played.reply.body["state"]) if played.reply else ""
    if state in _DONE:
        line = Text("-> ").append(state.upper(), style="bold")
    if decision["forecast"]:
        line.append(" (forecast: the goods are not there yet)")
    if decision["advice"] != "none":
        line.append(f", advice: {str(decision['advice']).replace('_', ' ')}")
    documents = played.reply.body.get("documents", ()) if played.reply else ()
    if by_officer := [d for d in documents if d.get("verified_by") == "officer"]:
        line.append(f", {by_officer[0]['type']} verified by an officer")
    return line.append(f"  [{played.seconds * 1000:.0f} ms]", style="dim")


def _findings(findings: Sequence[Mapping[str, Any]]) -> list[Text]:
    """Return each finding once, with the goods items it is about."""

    def same(finding: Mapping[str, Any]) -> tuple[str, str]:
        return str(finding["code"]), str(finding["message"])

    lines = []
    ordered = sorted(findings, key=lambda f: (f["effect"] not in {"hold", "refuse"}, same(f)))
    for (code, message), group in groupby(ordered, key=same):
        members = list(group)
        items = sorted({f["goods_item"] for f in members if f.get("goods_item") is not None})
        about = f"item{'s' if len(items) > 1 else ''} {', '.join(map(str, items[:_ITEMS_LISTED]))}" if items else ""
        if len(items) > _ITEMS_LISTED:
            about += f" and {len(items) - _ITEMS_LISTED} more"
        first = members[0]
        line = Text(f"{code} ", style="cyan").append(f"{about + ': ' if about else ''}{message}", style="default")
        if first["effect"] in {"hold", "refuse"} and first.get("remedy"):
            line.append(f"\n   What to do: {first['remedy']}", style="default")
        lines.append(line)
    return lines


def _difference(played: Played, decision: Mapping[str, Any] | None) -> Text:
    expected = played.step.expected
    assert expected is not None
    wanted = [expected.effect, str(sorted(expected.findings)), expected.state, expected.quantities]
    got: list[object] = ["no decision"]
    if decision is not None and played.reply is not None:
        body = played.reply.body
        got = [decision["effect"], str(sorted(stopping(decision))), body["state"], quantities(body)]
    return Text(f"NOT AS EXPECTED: {_joined(wanted)} expected, got {_joined(got)}", style="bold red")


def _joined(parts: Sequence[object]) -> str:
    return " ".join(str(part) for part in parts if part is not None)


def _indented(console: Console, text: Text, *, deeper: bool = False) -> None:
    console.print(Padding(text, (0, 0, 0, 6 if deeper else 3), expand=False))
