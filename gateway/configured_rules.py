"""The formats, tables and texts of the configured folders, as everything that decides needs them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from gateway import parts
from gateway.decisions import faults as unmeant
from gateway.decisions.national.codes import faults as unanswering
from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.code_rows import SimplifiedDataset
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.profile import Profile
from gateway.domain.tables.rows import Codes
from gateway.intake import Formats
from gateway.settings import Settings
from gateway.settings.messages import Catalogue, load_catalogue
from gateway.settings.national import load_profile
from gateway.settings.tables import load_tables, with_profile, without_tables
from gateway.settings.tables.connected import connected, unconnected


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The formats, tables and texts that are read from files before anything starts."""

    formats: Formats
    tables: Tables
    delivered: Tables
    """Those of the first folder alone: by them stored sets of before are completed, and not by what an administration loosened."""
    catalogue: Catalogue
    unconnected: Mapping[str, Codes]
    """The adapters of authorities that the installation does not connect, with the documents that an officer verifies therefore."""


def read_formats(settings: Settings, datasets: Iterable[SimplifiedDataset] | None = None) -> Formats:
    """Return the formats of the configuration, which go by the datasets of its tables; without any given they are read.

    Raises:
        ConfigurationError: with every fault of them.
    """
    if datasets is None:
        datasets = load_tables(*settings.folders()).datasets
    return Formats.load(
        *settings.format_folders(),
        schemas=settings.schemas,
        schema_paths=settings.schema_paths(),
        limits=parts.intake_limits(settings),
        simplified=frozenset(row.dataset for row in datasets),
    )


def read_rules(settings: Settings) -> Rules:
    """Read formats, tables and the catalogue of texts.

    Raises:
        ConfigurationError: with every fault of all of them.
    """
    if (missing := without_tables(settings.folder)) is not None:
        # Formats and texts are missing with them: that is one fault.
        raise ConfigurationError((missing,))
    faults: list[str] = []
    datasets: tuple[SimplifiedDataset, ...] = ()
    try:
        tables = load_tables(*settings.folders(), also=unmeant)
        datasets = tables.datasets
        delivered = load_tables(settings.folder, also=unmeant) if settings.tables else tables
        without = unconnected(tables, delivered, settings.adapters)
        tables = connected(with_profile(tables, _profile(settings)), without)
        delivered = connected(delivered, without) if settings.tables else tables
    except ConfigurationError as error:
        faults += error.faults
    try:
        formats = read_formats(settings, datasets)
    except ConfigurationError as error:
        faults += error.faults
    try:
        catalogue = load_catalogue(*settings.folders())
    except ConfigurationError as error:
        faults += error.faults
    if faults:
        raise ConfigurationError(tuple(faults))
    return Rules(formats=formats, tables=tables, delivered=delivered, catalogue=catalogue, unconnected=without)


def _profile(settings: Settings) -> Profile | None:
    if settings.profile is None:
        return None
    profile = load_profile(settings.profile, *settings.folders())
    if faults := unanswering(profile):
        raise ConfigurationError(faults)
    return profile
