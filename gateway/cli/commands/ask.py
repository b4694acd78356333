"""`gateway ask`: show one exchange with an authority, step by step, and what the gateway makes of it."""

import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from gateway import observe
from gateway.cli.asked_adapter import Adapter, Against, Secrets, Way, direction_of, secrets_of
from gateway.cli.working_folder import add_working_folder
from gateway.conformance.asked_authority import AskedAuthority, asked_authority
from gateway.conformance.question import AskedQuestion, ask_authority
from gateway.contract import (
    AccessRefused,
    AdapterError,
    Answer,
    DocumentQuery,
    Ledger,
    Quantity,
    Receipt,
    RequestRejected,
    Unavailable,
)
from gateway.dispatch.trace import TracedMessage
from gateway.domain.errors import ConfigurationError
from gateway.domain.order_lines import Convert
from gateway.sandbox.steps import Returned, Yielded
from gateway.settings import Settings, load
from gateway.settings.tables import load_tables
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit

LONGEST = 20_000
"""Characters of a message that are shown."""
_EXITS: tuple[tuple[type[AdapterError], Exit], ...] = (
    (Unavailable, Exit.UNAVAILABLE),
    (AccessRefused, Exit.CONFIGURATION),
    (RequestRejected, Exit.NOT_ACCEPTED),
)


def ask(
    name: Adapter,
    type_: Annotated[str, typer.Argument(metavar="TYPE", help="The document's code, C690.")],
    reference: Annotated[str, typer.Argument(metavar="REFERENCE", help="The document's number.")],
    position: Annotated[bool, typer.Option("--position", help="Ask for the quantity position instead.")] = False,
    direction: Way = "import",
    against: Against = None,
    secret: Secrets = None,
) -> Exit:
    """Shows one exchange with an authority: requests, answers, the time of each step, and file and line of what was raised.

    Drafts are asked too. It only reads: nothing is changed at the authority, nothing is stored. Without a configured authority the adapter's
    simulator is started and asked. Status: 0 an answer, whatever it says; 1 none that the gateway takes; 30 the request was rejected;
    69 the authority cannot be reached; 78 it does not accept the credentials.
    """
    way, secrets = direction_of(direction), secrets_of(secret)
    observe.configure_logging("critical")
    add_working_folder()
    settings = load(os.environ)
    day = datetime.now(UTC).date()
    console = output_console()
    with asked_authority(settings, os.environ, name, against=against, secrets=secrets) as asked:
        manifest = asked.loaded.manifest
        if type_ not in manifest.document_types:
            raise typer.BadParameter(f"{name} is asked about {', '.join(manifest.document_types)}, not {type_}")
        if position and not (manifest.position and manifest.capabilities & {"quantity", "usage"}):
            raise typer.BadParameter(f"--position: {name} tells no quantity position apart from `verify`")
        identity = asked.identity(type_, reference)
        if identity is None:
            raise ConfigurationError(
                (f"{name}: its rule of identity gives nothing for this reference: it is not asked about",)
            )
        query = DocumentQuery(type=type_, reference=identity, direction=way, on=day)
        method = "position" if position else "verify"
        console.print(asked.described, style="bold")
        console.print(f"{type_} {reference} by {method}. This only reads: nothing is changed there.")
        if identity != reference:
            console.print(f"asked as {identity}, by the adapter's rule of identity")
        question = ask_authority(asked, method, query, convert=_conversion(settings, day))
        _show_events(question, console)
        return _show_result(question, asked, console)


def _conversion(settings: Settings, day: date) -> Convert:
    """Return the gateway's conversion of units; its tables are read when an answer states something in two of them."""

    def convert(quantity: Quantity, unit: str) -> Quantity | None:
        return load_tables(*settings.folders()).at(day).convert(quantity, unit)

    return convert


def _show_events(question: AskedQuestion, console: Console) -> None:
    steps = 0
    for event in question.record.events:
        if isinstance(event, TracedMessage):
            _show_message(event, console)
            continue
        steps += 1
        became = "raised, or was ended"
        if isinstance(event.step, Yielded | Returned):
            became = "asks" if isinstance(event.step, Yielded) else "is done"
        console.print(f"\nstep {steps}  {event.seconds * 1000:.1f} ms  the adapter {became}", style="cyan")


def _show_message(message: TracedMessage, console: Console) -> None:
    console.print(Text(_cut(message.sent, "> ")))
    if message.received is None or message.seconds is None:
        console.print("no complete answer came", style="yellow")
        return
    console.print(f"answer  {message.seconds * 1000:.1f} ms", style="cyan")
    console.print(Text(_cut(message.received, "< ")))


def _cut(text: str, mark: str) -> str:
    more = f"\n[{len(text) - LONGEST} characters more]" if len(text) > LONGEST else ""
    return "\n".join(f"{mark}{line}".rstrip() for line in (text[:LONGEST] + more).splitlines())


def _show_result(question: AskedQuestion, asked: AskedAuthority, console: Console) -> Exit:
    console.print()
    if question.value is not None:
        console.print(Text(_headline(question.value)), style="green")
        console.print(Text(question.record.shown(_plain(question.value))))
        return Exit.RELEASE
    fault, error = question.fault(asked), question.error
    if fault is not None:
        console.print(Text(question.record.shown(f"{fault.type}: {fault.text}")), style="red")
        if fault.place:
            console.print(Text(f"  raised at {_near(fault.place)}"))
    console.print(f"not determined ({question.code}): the goods would be held")
    return exit_of(error)


def exit_of(error: AdapterError | None) -> Exit:
    """Return the status with which a command ends that got no answer."""
    return next((exit_ for kind, exit_ in _EXITS if isinstance(error, kind)), Exit.DIFFERENT)


def _headline(value: Answer | Ledger | Receipt) -> str:
    if isinstance(value, Ledger):
        return f"a position of {len(value.lines)} lines"
    return value.status.value if isinstance(value, Answer) else value.outcome.value


def _plain(value: Answer | Ledger | Receipt) -> str:
    encoded = msgspec.json.encode(value, enc_hook=_as_dict)
    return msgspec.json.format(encoded, indent=2).decode()


def _as_dict(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(type(value).__name__)


def _near(place: str) -> str:
    """Return file and line as seen from where one stands."""
    return place.removeprefix(f"{Path.cwd()}/")
