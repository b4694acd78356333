"""`gateway explain`: the explanation of a decision, as a page for people."""

import os
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.rule import Rule
from rich.text import Text

from gateway.access import ANYBODY
from gateway.api.localization import Wording
from gateway.api.views.explanation import explanation
from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.cli.decisions import COLOURS
from gateway.configured_rules import read_rules
from gateway.domain.calendar import Calendar
from gateway.domain.codec import decode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown
from gateway.history.explain import explain as explained
from gateway.lifecycle.declaration_names import DeclarationNames
from gateway.settings import NotifyRefusal, Settings, load
from gateway.store import Store
from gateway.terminal.client import GatewayClient, language_of, name_of, read_key
from gateway.terminal.console import error_console, output_console
from gateway.terminal.exits import Exit
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Declarant, Declaration
from gateway_client import Refused, Unreachable

_RULE = 100
"""Columns of the line above a section, at most."""


def explain(
    declaration: Declaration,
    declarant: Declarant = None,
    decision: Annotated[
        int | None, typer.Option(min=1, max=2**31 - 1, help="The decision's number; the newest one without.")
    ] = None,
    url: Annotated[str | None, typer.Option(help="A gateway to ask; without, the configured database is read.")] = None,
    key: Annotated[
        str | None,
        typer.Option(
            "--api-key",
            metavar="WHERE",
            help="With --url: env:NAME or file:PATH; without it what GATEWAY_API_KEY holds.",
        ),
    ] = None,
) -> Exit:
    """Prints why a decision is what it is: facts, findings, how the gravest won, the rows of the tables behind it."""
    name = DeclarationName.of_text(declaration, declarant)
    if url is not None:
        try:
            with GatewayClient(url, key=read_key(key), language=language_of(os.environ)) as client:
                show(client.gateway.explanation(name_of(name), decision).body)
        except Refused as refused:
            raise NotKnown(refused.detail or refused.title) from None
        except Unreachable as error:
            error_console().print(Text(str(error), style="red"))
            return Exit.UNAVAILABLE
        return Exit.RELEASE
    settings = load(os.environ)
    show(in_store(lambda store: _from_database(store, name, decision, settings, language_of(os.environ)), settings))
    return Exit.RELEASE


async def _from_database(
    store: Store, name: DeclarationName, number: int | None, settings: Settings, language: str | None
) -> Mapping[str, Any]:
    rules, calendar = read_rules(settings), Calendar(zone=settings.zone())
    record = await DeclarationNames(store.declarations).find(name)
    found = await explained(store, record, number=number, tables=rules.tables, calendar=calendar)
    at_once = settings.notify_refusal is NotifyRefusal.AT_ONCE
    wording = Wording.chosen(rules.catalogue, [language] if language is not None else [], at_once=at_once)
    texts = ExplanationTexts(rules.catalogue.explanations[wording.language], wording.language)
    written = explanation(found, ANYBODY, wording, texts)
    view: Mapping[str, Any] = decode(written, dict)
    return view


def show(view: Mapping[str, Any]) -> None:
    """Print the sections of an explanation, each paragraph with its first sentence before the others."""
    console = output_console(wraps=True)
    decision = view["decision"]
    colour = COLOURS.get(decision["effect"], "default") if decision is not None else "default"
    for place, section in enumerate(view["told"]):
        rule = Rule(Text(section["title"], style="bold"), align="left", style=colour if place == 0 else "dim")
        console.print(rule, width=min(console.width, _RULE))
        for lead, *more in section["paragraphs"]:
            console.print(Padding(Text(lead), (0, 0, 0, 2), expand=False))
            for sentence in more:
                console.print(Padding(Text(sentence, style="dim"), (0, 0, 0, 5), expand=False))
        console.print()
