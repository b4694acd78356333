"""The printing of decisions: what became of a declaration, in a word and in sentences."""

from collections.abc import Sequence

from rich.text import Text

from gateway.terminal.calls import problem
from gateway.terminal.client import Reply

COLOURS = {"release": "green", "hold": "yellow", "refuse": "red"}


def decision_of(reply: Reply) -> Text:
    """Return what a call came to, in a word."""
    if not reply.taken:
        return Text(f"not accepted ({reply.status})", style="red")
    if reply.application is not None:
        return Text(f"application {reply.body.get('state')}", style="yellow")
    if reply.waits_for_second:
        return Text("waits for a second person", style="yellow")
    if reply.effect is None:
        return Text(f"not decided yet ({reply.body.get('state')})", style="yellow")
    forecast = " (forecast)" if reply.decision and reply.decision.get("forecast") else ""
    return Text(reply.effect + forecast, style=COLOURS.get(reply.effect, ""))


def goods_of(reply: Reply) -> Text:
    """Return what became of an order to release goods, in a word."""
    if reply.released:
        return Text("released", style="green")
    if reply.taken:
        return Text("not released yet", style="yellow")
    return Text("not released", style="red")


def reasons_of(reply: Reply) -> Text:
    """Return why, in sentences: what was wrong with the call, what it waits for, or the findings, and until when."""
    if not reply.taken:
        return Text("\n".join(problem(reply)))
    if reply.application is not None:
        return Text(f"customs has to grant it: {reply.application}")
    if reply.waits_for_second:
        return Text(f"until {reply.body['ends_at']}: gateway approve {reply.body['id']}")
    if reply.decision is None:
        return Text(f"ask again: {reply.body.get('links', {}).get('self', reply.body.get('id', ''))}")
    return Text("\n".join([*_finding_lines(reply.decision["findings"]), *_limits(reply)]))


def _limits(reply: Reply) -> list[str]:
    """Return the time limits of the law that run while the goods are held, each with the law."""
    return [
        f"{one['words']} ({one['legal_basis']})" for one in reply.body.get("clocks") or () if one.get("kind") == "hold"
    ]


def _finding_lines(findings: Sequence[dict[str, object]]) -> list[str]:
    """Return each sentence once, with the goods items that it is about."""
    items: dict[tuple[str, str], list[int]] = {}
    for finding in findings:
        about = items.setdefault((str(finding["code"]), str(finding["message"])), [])
        if isinstance(number := finding.get("goods_item"), int) and number not in about:
            about.append(number)
    return [f"{code}{_of_items(numbers)}: {message}" for (code, message), numbers in items.items()]


def _of_items(numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    listed = ", ".join(map(str, sorted(numbers)[:5])) + (f" and {len(numbers) - 5} more" if len(numbers) > 5 else "")
    return f" (item {listed})" if len(numbers) == 1 else f" (items {listed})"
