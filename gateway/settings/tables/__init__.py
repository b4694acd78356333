"""The tables of rules: read from folders, of which later ones stand over earlier ones, and kept as one text.

`kinds` says what stands where, `rows` reads a folder, `layers` puts folders over each other (`inheritance`: what a row leaves
out), `directions` and `loosenings` say what that loosens, `goods_changes` and `document_changes` what goods need otherwise,
`soundness` finds rows that cannot be meant so, `content` writes a set as one text and reads it again,
`completion` adds to one that is stored what its gateway did not know yet. A load of TARIC in a further folder (`settings.taric`)
stands beside the rows; of several the last one counts.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.settings.tables.bounds import far
from gateway.settings.tables.completion import Completed, completed
from gateway.settings.tables.content import (
    compose,
    is_content_of,
    missing_parts,
    named_parts,
    read_written,
    with_profile,
    with_taric,
    written,
)
from gateway.settings.tables.first_folder import first_folder, without_tables
from gateway.settings.tables.kinds import KINDS
from gateway.settings.tables.layers import stages
from gateway.settings.tables.loosenings import changed, loosened, loosened_rows, unexplained
from gateway.settings.tables.rows import Folder
from gateway.settings.tables.soundness import unsound
from gateway.settings.taric.folder import read_folder

__all__ = [
    "Completed",
    "changed",
    "completed",
    "far",
    "is_content_of",
    "load_tables",
    "loosened",
    "missing_parts",
    "named_parts",
    "read_written",
    "with_profile",
    "without_tables",
    "written",
]


def load_tables(
    *folders: Path, also: Callable[[Tables], Iterable[str]] = lambda tables: (), reasons: bool = True
) -> Tables:
    """Read the tables of a configuration folder and of further ones, each of whose rows stands over those before it.

    A row replaces, for its own days, what earlier folders say under the same key; what it does not mention is as they say, and
    before and after they hold. What a further folder loosens needs a reason in its row (`loosens`). The first folder holds
    every file, a further one some of them. `also` says what else is wrong with a set that could be read. Without `reasons` none
    is asked for: for whoever only asks what would be loosened.

    Raises:
        ConfigurationError: with every fault of all files at once.
    """
    if (fault := without_tables(folders[0])) is not None:
        raise ConfigurationError((fault,))
    read = [first_folder(folders[0])]
    read += [Folder(folder, further=True, label=f"{folder}/") for folder in folders[1:]]
    layers = [one.layer for one in read]
    merged = list(stages(layers))
    rows = merged[-1].rows
    faults = [fault for one in read for fault in one.faults]
    faults += [fault for stage in merged for fault in stage.faults]
    faults += dict.fromkeys(
        fault for of_kind in rows.values() for row in of_kind for one in read for fault in one.misjudged(row)
    )
    taric = None
    for folder in folders[1:]:
        try:
            taric = read_folder(folder, f"{folder}/") or taric
        except ConfigurationError as error:
            faults += error.faults
    if faults:
        raise ConfigurationError(tuple(faults))
    tables = with_taric(compose("+".join(one.version for one in read if one.version), rows), taric)
    found = [
        one
        for before, after, layer in zip(merged, merged[1:], layers[1:], strict=False)
        for one in loosened_rows(before.rows, after.rows, layer.removed)
    ]
    removed = {into: [one for layer in layers for one in layer.removed.get(into, ())] for into in KINDS}
    faults = [*unsound(tables, removed), *(unexplained(found) if reasons else ()), *also(tables)]
    if faults:
        raise ConfigurationError(tuple(faults))
    return replace(tables, loosenings=tuple(found))
