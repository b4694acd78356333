"""The command `gateway replay`, which makes past decisions again. Other parts are imported inside it."""

import os
from pathlib import Path
from typing import Annotated

import typer


def replay(
    declaration: Annotated[
        str | None, typer.Argument(metavar="[DECLARATION]", help="A declaration: its id, MRN or LRN.")
    ] = None,
    declarant: Annotated[str | None, typer.Option(help="Whose LRN it is, where several have it.")] = None,
    since: Annotated[
        str | None, typer.Option(metavar="DATE", help="All decisions made on this day or later, as 2026-11-24.")
    ] = None,
    until: Annotated[str | None, typer.Option(metavar="DATE", help="The last day; without, up to now.")] = None,
    rules: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            exists=True,
            file_okay=False,
            help="Tables in place of those that decided: what would change?",
        ),
    ] = None,
    rule_set: Annotated[
        str | None, typer.Option(metavar="PACKAGE:NAME", help="Another rule set, a gateway.decisions.RuleSet.")
    ] = None,
    shadow: Annotated[
        bool, typer.Option("--shadow", help="What would change if the shadow rules had counted?")
    ] = False,
    report: Annotated[bool, typer.Option("--report", help="Keep it as a report that the console shows, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
    processes: Annotated[int | None, typer.Option(min=1, max=256, help="At work; without, one per core.")] = None,
) -> None:
    """Decides again from what was stored. Status: 0 everything comes out the same, 1 something differs.

    With a declaration: whether every decision of that declaration comes out the same. With --since: all decisions of a time, under
    their own tables, or with --rules or --rule-set under others: then it prints what would change, by rule. Nothing is asked of
    any authority, and nothing is stored but a report that --report asks for: a document that nobody was asked about then is not determined.
    """
    if (declaration is None) == (since is None):
        raise typer.BadParameter("decisions are named by a declaration or by --since: by one of them")
    if declaration is not None:
        if until or rules or rule_set or shadow or report or as_json or processes:
            raise typer.BadParameter("a declaration takes no other option; they go with --since")
        from gateway.cli.commands.replay_declaration import replay as run

        raise typer.Exit(run(os.environ, declaration, declarant))
    if since is not None:
        from gateway.cli.what_if.run import ReplayRequest, what_if

        question = ReplayRequest(
            since=since, until=until, rules=rules, rule_set=rule_set, shadow=shadow,
            report=report, as_json=as_json, processes=processes,
        )  # fmt: skip
        raise typer.Exit(what_if(os.environ, question))
