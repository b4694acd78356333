"""`gateway conform`: examine an adapter, print what is to be mended and its tier, and store that for its very files."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from gateway.cli.working_folder import add_working_folder
from gateway.conformance.asked_authority import package_of
from gateway.conformance.examination import ConformanceReport, examine
from gateway.conformance.package import find_package
from gateway.conformance.report import page, show
from gateway.conformance.tier import LiveTrial, store_tier, stored_tier, tier_of, try_live
from gateway.dispatch.auth import SECRETS
from gateway.dispatch.delivered import digest_of, is_delivered
from gateway.domain.actor import at_the_command_line
from gateway.domain.adapter_tier import StoredTier
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, load
from gateway.settings.secrets import SecretFault, resolved
from gateway.store import Store
from gateway.terminal.console import output_console
from gateway.terminal.database import database
from gateway.terminal.exits import Exit
from gateway.terminal.user import user


def conform(
    environment: Mapping[str, str],
    name: str,
    *,
    live: bool,
    against: str | None,
    secrets: Mapping[str, str],
    questions: Sequence[str],
    report: Path | None,
    store: bool,
) -> Exit:
    """Examine an adapter that is configured, or a package that can be imported.

    Configured secrets go to the configured authority alone, with `live`: another base URL gets those of `secrets`, references by name, and a
    simulator its own.

    Raises:
        ConfigurationError: there is neither, its authority is to be asked and is not configured, or a secret is not there.
        StoreError: the tier cannot be stored.
    """
    add_working_folder()
    settings = load(environment)
    config = settings.adapters.get(name)
    package = config.package if config is not None else package_of(name)
    if live and config is None:
        raise ConfigurationError((f"--live: no adapter {name} is configured, so no authority is known",))
    values = {} if config is None else config.values
    credentials = _resolved(secrets, package, environment)
    found = examine(name.rpartition(".")[2], package, against=against, credentials=credentials, settings=values)
    trial = try_live(config, environment, tuple(questions)) if live and config is not None else None
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
    if store and config is not None and not is_delivered(package, folder):
        _store(settings, stored_tier(found, folder, tier, datetime.now(UTC)), _reason(found, trial))
        console.print(f"stored: {tier.value}, from the next start of a process")
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


def _store(settings: Settings, tier: StoredTier, reason: str) -> None:
    async def put(url: str) -> None:
        async with Store.opened(url) as opened:
            await store_tier(opened, tier, by=at_the_command_line(user()), reason=reason)

    with database(settings, makes=True) as place:
        asyncio.run(put(place.url))
