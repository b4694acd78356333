"""`gateway check`: report every fault of the configuration at once."""

import asyncio
import os
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.text import Text

from gateway.cli.working_folder import add_working_folder
from gateway.configured_rules import Rules, read_formats, read_rules
from gateway.decisions.national.matrix import faults as profile_faults
from gateway.dispatch import LoadedAdapter, drafts_by_the_key_of_all, has_undelivered, load_adapters, require_adapters
from gateway.dispatch.registry import folder_of
from gateway.domain.adapter_tier import AdapterTier, StoredTiers
from gateway.domain.errors import ConfigurationError, StoreError
from gateway.domain.searched_secret import weakness
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.profile import Profile
from gateway.domain.verification import DocumentStatus
from gateway.golden.check import check_cases
from gateway.intake.whole_schema import schema_faults
from gateway.parts import traces_fault
from gateway.settings import AdapterConfig, Settings, folder_in_force, load, sound_part, without_effect
from gateway.settings.folders import FILE, profile_names
from gateway.settings.messages import load_catalogue
from gateway.settings.national import load_profile
from gateway.settings.secrets import resolved
from gateway.settings.tables import far, load_tables, without_tables
from gateway.settings.tables.holiday_lists import ending, unlisted
from gateway.store import Store, is_behind_pooler
from gateway.terminal.console import output_console
from gateway.terminal.database import database_as_it_is
from gateway.terminal.exits import Exit

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The rules, adapters and profiles that a start would read, without a fault."""

    rules: Rules
    adapters: Mapping[str, LoadedAdapter]
    profiles: tuple[Profile, ...]


def check(
    cases: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            file_okay=False,
            help="A folder of golden cases: all end as signed, and every finding has a case and a near miss.",
        ),
    ] = None,
) -> Exit:
    """Names every fault of the configuration, with file and line."""
    environment: Mapping[str, str] = os.environ
    try:
        settings = load(environment)
    except ConfigurationError as error:
        return _faulty((*error.faults, *_behind(environment)))
    try:
        elsewhere = {one.name for one in settings.enabled_adapters() if folder_of(one.package) is not None}
        add_working_folder()
        environment = with_simulated_secrets(settings, environment)
        found = checked(settings, environment)
        with_own = partial(load_tables, *settings.folders())
        played = check_cases(cases, found.rules.tables, with_own) if cases is not None else None
    except ConfigurationError as error:
        return _faulty(error.faults)
    console = output_console()
    console.print(f"configuration {folder_in_force(environment) / FILE}")
    console.print(f"tables, formats and texts {settings.folder}")
    if settings.simulators:
        console.print(
            "the authorities are simulated ones: `gateway init DIR` writes a configuration of your own", style="yellow"
        )
    for folder in settings.tables:
        console.print(f"further tables {folder}")
    console.print(f"tables {found.rules.tables.version} ({found.rules.tables.digest})")
    for described in found.rules.formats.described():
        console.print(f"format {described.name}: {'on' if described.on else f'off: {described.reason}'}")
    _tell_adapters(console, found, settings, environment, elsewhere)
    for profile in found.profiles:
        in_use = "; decisions carry its codes" if profile.name == settings.profile else ""
        console.print(f"profile {profile.name}: {profile.title} ({len(profile.rows)} rows{in_use})")
    _tell_texts_and_tables(console, found.rules)
    if settings.allow_draft:
        drafts = drafts_by_the_key_of_all(settings.adapters.values(), found.adapters)
        console.print(_OF_ALL.format(drafts=", ".join(drafts) or "none of those that are loaded"), style="yellow")
    for warning in filter(None, (*without_effect(settings), pooler(settings))):
        console.print(warning, style="yellow")
    if played is not None:
        console.print(f"cases {played.cases}, near misses {played.near_misses}: all as signed")
    console.print("no fault", style="green")
    return Exit.RELEASE


def _tell_adapters(
    console: Console, found: Checked, settings: Settings, environment: Mapping[str, str], elsewhere: Collection[str]
) -> None:
    """Print the adapters with their warnings; `elsewhere` are those that are found without the working folder."""
    for name, loaded in found.adapters.items():
        types = " ".join(loaded.manifest.document_types)
        console.print(f"adapter {name}: {loaded.manifest.title} ({loaded.placement.tier}): {types}")
        if not loaded.delivered or loaded.placement.tier is AdapterTier.DRAFT:
            console.print(f"  {loaded.placement.why}", style="yellow")
        if name not in elsewhere:
            here = f"  {settings.adapters[name].package} is found in the folder where you stand alone: `gateway serve` does not look there, install it"
            console.print(here, style="yellow")
        for warning in _weak_secrets(settings.adapters[name], environment):
            console.print(warning, style="yellow")
        if _is_never_heard_of(loaded, found.rules.tables):
            console.print(f"  {_NEVER_HEARD_OF.format(name=name)}", style="yellow")
        if stand_ins := [one for one in loaded.manifest.document_types if _CODE.fullmatch(one) is None]:
            console.print(f"  {_STAND_INS.format(codes=', '.join(sorted(stand_ins)))}", style="yellow")
    for name, kinds in found.rules.unconnected.items():
        why = "is disabled" if name in settings.adapters else "is not configured"
        console.print(f"adapter {name} {why}: nobody is asked, an officer verifies {' '.join(kinds)}", style="yellow")


def _tell_texts_and_tables(console: Console, rules: Rules) -> None:
    catalogue, tables = rules.catalogue, rules.tables
    console.print(f"languages {', '.join(catalogue.languages)}")
    today = date.today()  # noqa: DTZ011  # the day of whoever types it
    for warning in (*catalogue.unworded(tables), *far(tables, today), *ending(tables, today)):
        console.print(warning, style="yellow")
    for state in unlisted(tables, today):
        console.print(f"{state} has no list of public holidays (holidays.toml): no time limit of the law ends there")
    for one in tables.loosenings:
        console.print(Text(one.message, style="yellow"))


def _behind(environment: Mapping[str, str]) -> tuple[str, ...]:
    """Return the faults of tables, texts and adapters where the settings have faults too: as far as the sound ones lead there."""
    sound = sound_part(environment)
    if sound is None:
        return ()
    settings, left_out = sound
    add_working_folder()
    try:
        checked(settings, with_simulated_secrets(settings, environment), left_out)
    except ConfigurationError as error:
        return error.faults
    return ()


_OF_ALL = (
    "allow_draft = true opens the door to every adapter of tier draft, and counts in this release for the last time: set it in "
    "[adapters.NAME] of those that are meant: {drafts}"
)
_OF_TIERS = frozenset({"allow_draft", "data_dir", "database_url", "database_direct_url"})
"""The keys that say whether, and by what is stored where, an adapter may be loaded."""


def checked(settings: Settings, environment: Mapping[str, str], left_out: frozenset[str] = frozenset()) -> Checked:
    """Read tables, formats, texts, adapters and profiles as a start would.

    Args:
        settings: where they are.
        environment: the variables that hold the adapters' secrets.
        left_out: keys of the settings that have faults; what only they could say is not judged.

    Raises:
        ConfigurationError: with every fault of all of them.
    """
    faults: list[str] = []

    def read(what: Callable[[], T]) -> T | None:
        try:
            return what()
        except ConfigurationError as error:
            faults.extend(error.faults)
            return None

    rules = read(lambda: read_rules(settings))
    formats = rules.formats if rules is not None else None
    if rules is None and without_tables(settings.folder) is None:
        # Each is judged although another has faults.
        read(partial(load_catalogue, *settings.folders()))
        formats = read(partial(read_formats, settings, ()))
    for path in dict.fromkeys(formats.schemas().values()) if formats is not None else ():
        faults += schema_faults(path)
    faults += formats.unread_faults() if formats is not None else ()
    faults += _unknown_formats(rules) if rules is not None else ()
    faults += (fault,) if (fault := traces_fault(settings)) is not None else ()
    adapters = read(
        lambda: load_adapters(
            settings.enabled_adapters(),
            allow_draft=settings.allow_draft or bool(left_out & _OF_TIERS),
            tiers=StoredTiers() if left_out & _OF_TIERS else _stored_tiers(settings),
            environment=environment,
            memory_mb=settings.adapter_memory_mb,
        )
    )
    if rules is not None and adapters is not None and "adapters" not in left_out:
        tables, loaded = rules.tables, adapters
        read(lambda: require_adapters(tables, loaded, settings.adapters))
    profiles = [read(partial(load_profile, name, *settings.folders())) for name in profile_names(*settings.folders())]
    sound = tuple(profile for profile in profiles if profile is not None)
    faults += [fault for profile in sound for fault in profile_faults(profile)]
    if rules is None or adapters is None or faults:
        # A profile that is in force is read twice.
        raise ConfigurationError(tuple(dict.fromkeys(faults)))
    return Checked(rules=rules, adapters=adapters, profiles=sound)


def with_simulated_secrets(settings: Settings, environment: Mapping[str, str]) -> Mapping[str, str]:
    """Return the variables with those of simulated authorities' secrets, which these themselves name once they serve."""
    if not settings.simulators:
        return environment
    references = (one for config in settings.enabled_adapters() for one in config.secrets.values())
    names = (one.removeprefix("env:") for one in references if one.startswith("env:"))
    return {**{name: token_hex() for name in names}, **environment}


def _weak_secrets(config: AdapterConfig, environment: Mapping[str, str]) -> Iterator[str]:
    """Tell of secrets that cannot be taken out of texts, or of too many; they themselves are not repeated."""
    for key, reference in config.secrets.items():
        if (why := weakness(resolved(reference, environment))) is not None:
            place = config.places.get(f"secrets.{key}", config.place)
            yield f"  {place}: adapters.{config.name}.secrets.{key}: {why}"


_NEVER_HEARD_OF = (
    "nobody hears of it when a document of {name} changes after its decision: the adapter reads no notifications, and no row has it asked "
    'again. Add [[ask_again]] with adapter = "{name}" and statuses = ["valid"] to changes.toml'
)


_CODE = re.compile("[A-Z][0-9]{3}|[0-9][0-9A-Z]{3}", re.ASCII)
"""A code of the Union, or one of a State's own."""
_STAND_INS = (
    "{codes}: not written as codes of the Union or of a State are, so they stand in for codes that were not known, and no declaration cites "
    "them: write the right ones in the authority's file and in its rows"
)


def _is_never_heard_of(loaded: LoadedAdapter, tables: Tables) -> bool:
    """Whether an authority neither notifies of changes nor is asked again about what it has confirmed, on no day."""
    if "notifications" in loaded.manifest.capabilities:
        return False
    return not any(
        row.adapter == loaded.manifest.name and DocumentStatus.VALID in row.statuses for row in tables.ask_again
    )


def _unknown_formats(rules: Rules) -> Iterator[str]:
    """Find rows about formats that there are none of."""
    known = {described.name for described in rules.formats.described()}
    for row in rules.tables.undivided:
        if strange := sorted(set(row.formats) - known):
            yield f"{row.place}: formats: {', '.join(strange)}: no such format; there are {', '.join(sorted(known))}"


def _stored_tiers(settings: Settings) -> StoredTiers:
    """Return what the installation has stored of adapters' code; nothing where no code is asked about, or no database answers."""
    if not has_undelivered(settings.enabled_adapters()):
        return StoredTiers()
    try:
        if settings.database_url is None and not settings.data_dir.exists():
            return StoredTiers()
        with database_as_it_is(settings) as url:
            return asyncio.run(_read_tiers(url))
    except (StoreError, ConfigurationError):
        return StoredTiers()


async def _read_tiers(url: str) -> StoredTiers:
    async with Store.opened(url) as store:
        return await store.adapter_tiers.all()


def pooler(settings: Settings) -> str | None:
    """Return a warning of a pooler with no way around it; None: there is none, or a way is configured."""
    if settings.database_url is None or settings.database_direct_url is not None:
        return None
    try:
        with database_as_it_is(settings) as url:
            if not asyncio.run(is_behind_pooler(url)):
                return None
    except StoreError:
        return "database_url: the database does not answer, so whether a pooler stands before it is not known"
    return (
        "database_url goes through a pooler and database_direct_url is not given: replicas hear nothing of each other and ask once a "
        "second instead, and limits and plans hold only if `gateway migrate --role` gave them to the role"
    )


def _faulty(faults: tuple[str, ...]) -> Exit:
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}", file=sys.stderr)
    return Exit.CONFIGURATION
