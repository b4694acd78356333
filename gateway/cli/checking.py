"""`gateway check`: every fault of the configuration at once."""

import sys
from collections.abc import Mapping

from rich.console import Console

from gateway.api.words import Words
from gateway.app import read_rules, require_adapters
from gateway.cli.exits import Exit
from gateway.decisions.profile import faults as profile_faults
from gateway.dispatch import LoadedAdapter, load_adapters
from gateway.domain.errors import ConfigurationError
from gateway.domain.profile import Profile
from gateway.settings import load
from gateway.settings.profiles import load_profile, profile_names


def check(environment: Mapping[str, str]) -> Exit:
    """Reads settings, tables, formats, texts and adapters as a start would; prints every fault, or what is configured."""
    faults: list[str] = []
    rules = None
    adapters: dict[str, LoadedAdapter] | None = None
    try:
        settings = load(environment)
    except ConfigurationError as error:
        return _faulty(error.faults)
    try:
        rules = read_rules(settings)
    except ConfigurationError as error:
        faults += error.faults
    try:
        Words.read(settings.folder)
    except ConfigurationError as error:
        faults += error.faults
    try:
        adapters = load_adapters(settings.enabled_adapters(), allow_draft=settings.allow_draft)
    except ConfigurationError as error:
        faults += error.faults
    if rules is not None and adapters is not None:
        try:
            require_adapters(rules.tables, adapters)
        except ConfigurationError as error:
            faults += error.faults
    profiles: list[Profile] = []
    for name in profile_names(settings.folder):
        try:
            profiles.append(profile := load_profile(settings.folder, name))
            faults += profile_faults(profile)
        except ConfigurationError as error:
            faults += error.faults
    if faults or rules is None or adapters is None:
        return _faulty(tuple(faults))
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"configuration {settings.folder}")
    console.print(f"tables {rules.tables.version} ({rules.tables.digest})")
    for described in rules.formats.described():
        console.print(f"format {described.name}: {'on' if described.on else f'off: {described.reason}'}")
    for name, loaded in adapters.items():
        types = " ".join(loaded.manifest.document_types)
        console.print(f"adapter {name}: {loaded.manifest.title} ({loaded.manifest.tier}): {types}")
    for profile in profiles:
        console.print(f"profile {profile.name}: {profile.title} ({len(profile.rows)} rows)")
    console.print(f"languages {', '.join(rules.catalogue.languages)}")
    for unworded in rules.catalogue.unworded(rules.tables):
        console.print(unworded, style="yellow")
    console.print("no fault", style="green")
    return Exit.RELEASE


def _faulty(faults: tuple[str, ...]) -> Exit:
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{len(faults)} fault{'' if len(faults) == 1 else 's'}", file=sys.stderr)
    return Exit.CONFIGURATION
