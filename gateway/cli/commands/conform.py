"""`gateway conform`: examine an adapter, print what is to be mended and its tier, and store that for its very files."""

import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.asked_adapter import Adapter, Secrets, secrets_of
from gateway.cli.version import has_server
from gateway.cli.working_folder import add_working_folder
from gateway.conformance.asked_authority import package_of
from gateway.conformance.examination import ConformanceReport, examine
from gateway.conformance.package import find_package
from gateway.conformance.report import page, show
from gateway.conformance.tier import LiveTrial, stored_tier, tier_of, try_live
from gateway.dispatch.auth import SECRETS
from gateway.dispatch.delivered import digest_of, is_delivered
from gateway.domain.actor import at_the_command_line
from gateway.domain.adapter_tier import StoredTier
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, load
from gateway.settings.secrets import SecretFault, resolved
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit
from gateway.terminal.user import user


def conform(
    name: Adapter,
    live: Annotated[
        bool, typer.Option("--live", help="Ask the configured authority too, by verify alone; nothing is moved.")
    ] = False,
    against: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="A test system or a running simulator, in place of the adapter's own one; it gets no configured secret.",
        ),
    ] = None,
    secret: Secrets = None,
    document: Annotated[
        list[str] | None,
        typer.Option(metavar="REFERENCE", help="With --live: what is asked about; the recorded ones without."),
    ] = None,
    report: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where the page goes; conformance-NAME.md without.")
    ] = None,
    no_store: Annotated[bool, typer.Option("--no-store", help="Print the tier, and leave the stored one.")] = False,
) -> Exit:
    """Examines an adapter by its recordings and its simulator. Status: 0 nothing to mend, 1 something.

    Prints what is to be mended and how, writes it as a page, and stores the tier of the adapter's very files: draft, conformant, or with
    --live proven, for 90 days.
    """
    secrets = secrets_of(secret)
    add_working_folder()
    settings = load(os.environ)
    config = settings.adapters.get(name)
    package = config.package if config is not None else package_of(name)
    if live and config is None:
        raise ConfigurationError((f"--live: no adapter {name} is configured, so no authority is known",))
    values = {} if config is None else config.values
    credentials = _resolved(secrets, package, os.environ)
    found = examine(name.rpartition(".")[2], package, against=against, credentials=credentials, settings=values)
    trial = try_live(config, os.environ, tuple(document or ())) if live and config is not None else None
    tier = tier_of(found, trial)
    console = output_console()
    _, folder = find_package(found.name, package)
    console.print(f"examined: {folder}", style="bold")
    if (other := _other_copy(name, package, folder)) is not None:
        console.print(other, style="bold yellow")
    show(found, tier, trial, console)
    file = report or Path(f"conformance-{found.name}.md")
    file.write_text(page(found, tier, trial), encoding="utf-8")
    console.print(f"report: {file}")
    if not no_store and config is not None and not is_delivered(package, folder):
        console.print(_store(settings, stored_tier(found, folder, tier, datetime.now(UTC)), _reason(found, trial)))
    return Exit.RELEASE if found.passed and (trial is None or trial.passed) else Exit.DIFFERENT


def _other_copy(name: str, package: str, folder: Path) -> str | None:
    """Say that another copy of a package, with other files, lies where one stands, and how it is examined; None: there is none."""
    own = Path.cwd() / package.replace(".", "/")
    if not own.is_dir() or own.resolve() == folder.resolve() or digest_of(own) == digest_of(folder):
        return None
    return (
        f"NOT examined: {own}, which has other files. The installed copy is found first, here and by `gateway serve`. "
        f"`PYTHONPATH=. gateway conform {name}` examines yours; `pip install --no-deps --force-reinstall .` puts it in the place of the other"
    )


def _resolved(secrets: Mapping[str, str], package: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets that were named for another base URL.

    Raises:
        ConfigurationError: with every one that the manifest does not know, or that is not there.
    """
    manifest, _ = find_package(package.rpartition(".")[2], package)
    known = {*manifest.secrets, *(name for kind in manifest.auth.kinds for name in SECRETS[kind])}
    found: dict[str, str] = {}
    faults: list[str] = []
    for key, reference in secrets.items():
        if key not in known:
            faults.append(f"--secret {key}: the manifest knows {', '.join(sorted(known)) or 'no secret'}")
            continue
        try:
            found[key] = resolved(reference, environment)
        except SecretFault as error:
            faults.append(f"--secret {key}: {error}")
    if faults:
        raise ConfigurationError(tuple(faults))
    return found


def _reason(found: ConformanceReport, trial: LiveTrial | None) -> str:
    asked = "" if trial is None else f", {len(trial.answers)} questions to the authority"
    return f"gateway conform: {found.recordings} recordings, {len(found.nonconformities)} to mend{asked}"


def _store(settings: Settings, stored: StoredTier, reason: str) -> str:
    """Store a tier where there is a gateway; return what became of it."""
    if not has_server():
        return "not stored: this is the kit without a gateway; `gateway conform` where one is installed stores it"
    # Here: the kit's own wheel brings no driver of databases.
    from gateway.terminal.opened_store import in_store

    by = at_the_command_line(user())
    in_store(lambda store: store.adapter_tiers.store(stored, by=by, reason=reason), settings, makes=True)
    return f"stored: {stored.tier.value}, from the next start of a process"
