"""The report of an examination: a table for the terminal, and a page for people in Markdown."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.conformance.checks import CHECKS
from gateway.conformance.examination import ConformanceReport
from gateway.conformance.rule import ConformanceRule
from gateway.conformance.tier import LiveTrial
from gateway.domain.adapter_tier import AdapterTier


def show(report: ConformanceReport, tier: AdapterTier, live: LiveTrial | None, console: Console) -> None:
    """Print what was checked, what is missing and how it is mended, and the tier."""
    table = Table(title=f"{report.name}: {report.title}", title_justify="left", show_lines=False)
    table.add_column("check", no_wrap=True)
    table.add_column("found", justify="right")
    table.add_column("s", justify="right")
    table.add_column("what it looks at")
    for check in CHECKS:
        if check.name in report.checks:
            found = len(report.of(check.name))
            mark = Text(str(found) if found else "ok", style="red" if found else "green")
            table.add_row(check.name, mark, f"{report.checks[check.name]:.1f}", check.about)
        elif check.name in report.not_made:
            table.add_row(check.name, Text("not made", style="yellow"), "", check.about)
    console.print(table)
    for one in report.nonconformities:
        console.print(Text.assemble((one.place, "bold"), f": {one.rule.name}: {one.what}"), soft_wrap=True)
        console.print(Text(f"    {one.rule.remedy}", style="dim"), soft_wrap=True)
    for remark in report.remarks:
        console.print(Text(f"note: {remark}", style="dim"), soft_wrap=True)
    for answer in live.answers if live is not None else ():
        console.print(Text(f"live: {answer.reference}: {answer}"), soft_wrap=True)
    if live is not None and live.why_not is not None:
        console.print(Text(f"live: not proven: {live.why_not}", style="yellow"), soft_wrap=True)
    console.print(
        f"{report.recordings} recordings, {len(report.nonconformities)} to mend, "
        f"{sum(report.checks.values()):.1f} s; tier: {tier.value}"
    )
    if report.cap is not None:
        console.print(Text(_capped(report.cap), style="yellow"), soft_wrap=True)


def page(report: ConformanceReport, tier: AdapterTier, live: LiveTrial | None) -> str:
    """Return the report as a page in Markdown."""
    return "\n".join(_page(report, tier, live)) + "\n"


def _page(report: ConformanceReport, tier: AdapterTier, live: LiveTrial | None) -> Iterator[str]:
    yield f"# Conformance of {report.name}: {report.title}"
    yield ""
    yield f"Package `{report.package}`, {report.recordings} recordings. Tier: **{tier.value}**."
    yield ""
    if report.cap is not None:
        yield f"It {_capped(report.cap)}."
        yield ""
    yield "| check | found | what it looks at |"
    yield "|---|---|---|"
    for check in CHECKS:
        if check.name in report.checks or check.name in report.not_made:
            found = len(report.of(check.name))
            said = "not made" if check.name in report.not_made else str(found or "ok")
            yield f"| {check.name} | {said} | {check.about} |"
    if report.nonconformities:
        yield "\n## To mend\n"
        yield "| place | rule | what was found | how it is mended |"
        yield "|---|---|---|---|"
        for one in report.nonconformities:
            yield f"| `{one.place}` | `{one.rule.name}` | {_cell(one.what)} | {_cell(one.rule.remedy)} |"
    if live is not None:
        yield "\n## With the authority\n"
        yield from (f"- `{one.reference}`: {one}" for one in live.answers)
        if live.why_not is not None:
            yield f"\nNot proven: {live.why_not}."
    if report.remarks:
        yield "\n## Notes\n"
        yield from (f"- {_cell(one)}" for one in report.remarks)


def _capped(cap: str) -> str:
    return f"stays a draft, whatever it shows: {cap}; it loads where the operator says allow_draft = true in [adapters.NAME]"


def table_of(rules: tuple[ConformanceRule, ...]) -> str:
    """Return the rules as a table in Markdown: what is demanded, and how it is mended."""
    rows = "".join(f"| `{one.name}` | {_cell(one.demands)} | {_cell(one.remedy)} |\n" for one in rules)
    return f"| rule | demands | how it is mended |\n|---|---|---|\n{rows}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
