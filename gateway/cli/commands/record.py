"""`gateway record`: turn what an authority answers into recordings, without secrets and personal data."""

import os
import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.text import Text

from gateway import observe
from gateway.cli.asked_adapter import Adapter, Against, Secrets, Way, direction_of, secrets_of
from gateway.cli.commands.ask import exit_of
from gateway.cli.working_folder import add_working_folder
from gateway.conformance.asked_authority import AskedAuthority, asked_authority, package_of
from gateway.conformance.examination import read_package
from gateway.conformance.expected_facts import ExpectedFacts, NotLoaded, write_facts
from gateway.conformance.question import AskedQuestion, ask_authority
from gateway.conformance.recorded_answer import NotRecorded, record_answer, recording_name
from gateway.conformance.recorded_movements import MovementSession, NotMoved, scenes_of
from gateway.conformance.recording import FOLDER, RecordingFault, read_recordings
from gateway.contract import Answer, Direction, DocumentQuery, Status, UnexpectedAnswer
from gateway.dispatch.movements import has_position
from gateway.domain.errors import ConfigurationError
from gateway.settings import AdapterConfig, load
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit, gravest

Planned = tuple[str, DocumentQuery, str | None, str]
"""A method, its question, the name of the recording if it has one already, and what it is about."""


def record(
    name: Adapter,
    references: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REFERENCE]...", help="Documents; what is recorded already without, with --replace."),
    ] = None,
    type_: Annotated[
        str | None, typer.Option("--type", metavar="TYPE", help="Their code, where the adapter has several.")
    ] = None,
    direction: Way = "import",
    against: Against = None,
    secret: Secrets = None,
    into: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            file_okay=False,
            help="Where they go; the package's own `exchanges` without, if it is where you stand.",
        ),
    ] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Write recordings anew that exist.")] = False,
    facts: Annotated[
        bool,
        typer.Option(
            "--facts",
            help="Ask nobody: write into recordings that expect none the facts that the adapter makes of them.",
        ),
    ] = False,
    movements: Annotated[
        bool,
        typer.Option(
            "--movements",
            help="Order movements on REFERENCE at a test system, --against, record each, and take it back.",
        ),
    ] = False,
    office: Annotated[
        str, typer.Option(metavar="CODE", help="With --movements: the customs office that orders.")
    ] = "FR000040",
) -> Exit:
    """Asks an authority, and writes what it answers as recordings: by verify, and by position where the adapter tells one.

    Secrets are taken out, personal data is replaced by made-up values of the same shape, what is doubtful is told. Nothing is written that the
    adapter does not read as it read the answer itself. It only reads, but for --movements, which never go to the configured authority.
    Status: 0 written; 30 not all; 69 the authority cannot be reached; 78 it does not accept the credentials.
    """
    if facts:
        return _record_facts(name, into=into, over=replace)
    way, references_to_secrets = direction_of(direction), secrets_of(secret)
    observe.configure_logging("critical")
    add_working_folder()
    settings = load(os.environ)
    console = output_console()
    if movements:
        _make_sure_of_test_system(settings.adapters.get(name), against, references, office)
    with asked_authority(settings, os.environ, name, against=against, secrets=references_to_secrets) as asked:
        console.print(asked.described, style="bold")
        folder = _folder(asked.folder, into)
        if movements:
            (query,) = _questions(asked, references or (), type_, way)
            outcomes = _record_movements(asked, query, office, folder, console, over=replace)
            _tell_changed(name, into, outcomes, console)
            return gravest(outcomes)
        console.print("This only reads: nothing is changed there.")
        if references:
            planned = list(_of_documents(asked, references, type_, way))
        else:
            planned = list(_of_recordings(folder))
            if not planned:
                raise typer.BadParameter(
                    "no recording of verify or position is there yet: name documents, REFERENCE..."
                )
            if not replace:
                raise typer.BadParameter(
                    "what is recorded is written anew with --replace; or name documents, REFERENCE..."
                )
        # First all questions: what is written changes the package, and changed code is not run any more.
        answered = list(_answered(asked, planned, console))
        told: set[str] = set()
        outcomes = [_recorded(asked, *one, folder, console, told, over=replace) for one in answered]
    _tell_changed(name, into, outcomes, console)
    return gravest(outcomes)


def _tell_changed(name: str, into: Path | None, outcomes: Sequence[Exit], console: Console) -> None:
    if into is None and {Exit.RELEASE, Exit.DIFFERENT} & set(outcomes):
        console.print(f"The files of {name} have changed: run `gateway conform {name}`.")


def _make_sure_of_test_system(
    config: AdapterConfig | None, against: str | None, references: Sequence[str] | None, office: str
) -> None:
    """Refuse movements that could reach an authority at which quantities count."""
    if against is None:
        raise typer.BadParameter("--movements change what is left there: name a test system, --against URL")
    if config is not None and _place_of(config.base_url) == _place_of(against):
        raise typer.BadParameter(f"--movements: {against} is the configured authority, where quantities count")
    if len(references or ()) != 1:
        raise typer.BadParameter("--movements: one document is needed, REFERENCE, of which more than 3 are left")
    if not re.fullmatch("[A-Z]{2}[A-Z0-9]{6}", office):
        raise typer.BadParameter(f"--office {office}: eight characters are needed, FR000040")


def _place_of(url: str) -> tuple[str, int | None]:
    """Return host and port of an address, however they are spelt."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError as error:
        raise typer.BadParameter(f"{url}: no address: {error}") from error


def _record_movements(
    asked: AskedAuthority, query: DocumentQuery, office: str, folder: Path, console: Console, *, over: bool
) -> list[Exit]:
    """Order each movement that the manifest promises, record it, and take it back."""
    scenes = scenes_of(asked.loaded.manifest.capabilities)
    if not scenes:
        raise typer.BadParameter("--movements: the manifest says neither `quantity` nor `usage`")
    there = [one.name for one in scenes if (folder / f"{one.name}.toml").exists()]
    if there and not over:
        raise typer.BadParameter(f"recorded already: {', '.join(there)}; --replace writes them anew")
    console.print(f"This moves quantities of {query.reference}: each under an MRN of its own, and each is taken back.")
    session = MovementSession(asked=asked, query=query, office=office, nonce=secrets.token_bytes(16))
    try:
        # First all orders: what is written changes the package, and changed code is not run any more.
        ordered = list(session.ordered(scenes))
    except NotMoved as error:
        raise ConfigurationError((str(error),)) from error
    told: set[str] = set()
    outcomes: list[Exit] = []
    for one in ordered:
        if one.question is None:
            console.print(Text(f"{one.scene.name}: not recorded: {one.why_not}", style="red"))
            outcomes.append(Exit.NOT_ACCEPTED)
        else:
            outcomes.append(
                _recorded(asked, one.question, one.scene.name, one.scene.about, folder, console, told, over=over)
            )
        if one.left_behind is not None:
            console.print(Text(f"  not taken back there: what {one.left_behind} has; reset it", style="yellow"))
    if left := len(scenes) - len(ordered):
        console.print(f"{left} more are not ordered: each would wait as long.", style="yellow")
    return outcomes


def _of_documents(
    asked: AskedAuthority, references: Sequence[str], document_type: str | None, direction: Direction
) -> Iterator[Planned]:
    for query in _questions(asked, references, document_type, direction):
        yield "verify", query, None, f"What was answered about {query.reference}"
        if has_position(asked.loaded.manifest):
            yield "position", query, None, f"The position of {query.reference}"


def _questions(
    asked: AskedAuthority, references: Sequence[str], document_type: str | None, direction: Direction
) -> Iterator[DocumentQuery]:
    manifest = asked.loaded.manifest
    kind = document_type or manifest.document_types[0]
    if kind not in manifest.document_types or (document_type is None and len(manifest.document_types) > 1):
        raise typer.BadParameter(f"--type: one of {', '.join(manifest.document_types)} is needed")
    today = datetime.now(UTC).date()
    for reference in dict.fromkeys(references):
        identity = asked.identity(kind, reference)
        if identity is None:
            raise ConfigurationError(
                (f"{reference}: the adapter's rule of identity gives nothing: it is not asked about",)
            )
        yield DocumentQuery(type=kind, reference=identity, direction=direction, on=today)


def _answered(
    asked: AskedAuthority, planned: Sequence[Planned], console: Console
) -> Iterator[tuple[AskedQuestion, str | None, str]]:
    """Yield each question that was asked, up to one that comes to no end; a new recording of a position needs a document that is there."""
    unknown: set[str] = set()
    for place, (method, query, name, about) in enumerate(planned, start=1):
        if method == "position" and name is None and query.reference in unknown:
            continue
        question = ask_authority(asked, method, query)
        if isinstance(question.value, Answer) and question.value.status is Status.NOT_FOUND:
            unknown.add(query.reference)
        yield question, name, about
        if question.is_stuck:
            if left := len(planned) - place:
                console.print(f"{left} more are not asked: each would wait as long.", style="yellow")
            return


def _record_facts(name: str, *, into: Path | None, over: bool) -> Exit:
    """Write into the recordings that are there the facts that the adapter makes of them; nobody is asked.

    Raises:
        ConfigurationError: there is no such adapter, it cannot be loaded, or its recordings have faults.
    """
    observe.configure_logging("critical")
    add_working_folder()
    config = load(os.environ).adapters.get(name)
    package = config.package if config is not None else package_of(name)
    try:
        found = read_package(
            name.rpartition(".")[2], package, settings={} if config is None else config.values, recordings=into
        )
    except RecordingFault as error:
        raise ConfigurationError(error.faults) from error
    _folder(found.folder, into)
    console = output_console()
    outcomes = []
    try:
        for one in write_facts(found, over=over):
            outcomes.append(_of_facts(one))
            if one.why_not is not None:
                console.print(Text(f"{one.recording.place}: not written: {one.why_not}", style="red"))
            elif one.written:
                console.print(Text(f"{_near(one.recording.file)}: read it against the answer", style="green"))
            _tell_contradictions(one.recording.place, one.contradicted, console)
    except NotLoaded as error:
        raise ConfigurationError((str(error),)) from error
    return gravest(outcomes)


def _of_facts(one: ExpectedFacts) -> Exit:
    if one.why_not is not None:
        return Exit.NOT_ACCEPTED
    return Exit.DIFFERENT if one.contradicted else Exit.RELEASE


def _folder(package: Path, into: Path | None) -> Path:
    """Return where recordings go: into the package that one works on, never into one that a gateway may have loaded."""
    if into is not None:
        return into.absolute()
    if not package.is_relative_to(Path.cwd()):
        raise typer.BadParameter(
            f"{package} is not below the folder where one stands: a gateway that has loaded it would take it for changed, and run it no "
            "more. Go to the package's own project, or give --into FOLDER"
        )
    return package / FOLDER


def _of_recordings(folder: Path) -> Iterator[Planned]:
    try:
        found = read_recordings(folder)
    except RecordingFault as error:
        raise ConfigurationError(error.faults) from error
    for one in found:
        if one.method in {"verify", "position"}:
            yield one.method, one.subject, one.name, one.about


def _recorded(
    asked: AskedAuthority,
    question: AskedQuestion,
    name: str | None,
    about: str,
    folder: Path,
    console: Console,
    told: set[str],
    *,
    over: bool,
) -> Exit:
    name = name or recording_name(question, folder)
    try:
        written = record_answer(asked, question, name, folder, about=about, over=over)
    except NotRecorded as error:
        console.print(Text(f"{question.query.reference} by {question.method}: not recorded: {error}", style="red"))
        _tell_why(asked, question, console)
        return Exit.NOT_ACCEPTED if question.record.answers else exit_of(question.error)
    except OSError as error:
        raise ConfigurationError((f"{folder}: cannot be written: {error.strerror}",)) from error
    console.print(Text(f"{_near(written.file)}: {written.shows}", style="green"))
    if question.value is None:
        said = (
            "the adapter made nothing of it; mend the adapter, and write in [expect] what it has to make of it"
            if isinstance(question.error, UnexpectedAnswer)
            else "by the adapter the authority says that it does not answer; if it says something else, mend the adapter"
        )
        console.print(f"  {said}", style="yellow")
        _tell_why(asked, question, console)
    if written.replaced:
        console.print("  made up: " + ", ".join(f"{kind} ({number})" for kind, number in written.replaced))
    _tell_contradictions(f"{FOLDER}/{written.file.name}", written.contradicted, console)
    for doubt in dict.fromkeys(one for one in written.doubtful if one not in told):
        told.add(doubt)
        console.print(Text(question.record.shown(f"  read it, it may be about a person: {doubt}"), style="yellow"))
    return Exit.DIFFERENT if written.contradicted else Exit.RELEASE


def _tell_contradictions(place: str, contradicted: Sequence[str], console: Console) -> None:
    for what in contradicted:
        console.print(Text(f"  {place}: the answer says otherwise: {what}", style="red"))


def _tell_why(asked: AskedAuthority, question: AskedQuestion, console: Console) -> None:
    if (fault := question.fault(asked)) is not None:
        at = f" at {_near(Path(fault.place))}" if fault.place else ""
        console.print(Text(question.record.shown(f"  {fault.type}: {fault.text}{at}")))


def _near(file: Path) -> str:
    return str(file).removeprefix(f"{Path.cwd()}/")
