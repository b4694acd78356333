"""The tables of rules: read from folders, of which later ones stand over earlier ones, and kept as one text.

`kinds` says what stands where, `rows` reads a folder, `layers` puts folders over each other, `soundness` finds rows that
cannot be meant so, `content` writes a set as one text and reads it again.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables import Tables
from gateway.settings.tables.content import compose, is_content_of, read_written, with_profile, written
from gateway.settings.tables.kinds import KINDS
from gateway.settings.tables.layers import overlay
from gateway.settings.tables.rows import Folder
from gateway.settings.tables.soundness import unsound

__all__ = ["is_content_of", "load_tables", "read_written", "with_profile", "written"]


def load_tables(*folders: Path, also: Callable[[Tables], Iterable[str]] = lambda tables: ()) -> Tables:
    """Reads the tables of a configuration folder and of further ones, each of whose rows stands over those before it.

    A row replaces, for its own days, what earlier folders say under the same key; before and after they hold. The first
    folder holds every file, a further one some of them. `also` says what else is wrong with a set that could be read.

    Raises:
        ConfigurationError: with every fault of all files at once.
    """
    read = [Folder(folders[0], further=False)]
    read += [Folder(folder, further=True, shown=f"{folder}/") for folder in folders[1:]]
    layers = [one.layer for one in read]
    rows, faults = overlay(layers)
    faults = [*(fault for one in read for fault in one.faults), *faults]
    tables = compose("+".join(one.version for one in read if one.version), rows)
    if not faults:
        # What is missing because it could not be read is not held against the rest.
        removed = {into: [one for layer in layers for one in layer.removed.get(into, ())] for into in KINDS}
        faults += [*unsound(tables, removed), *also(tables)]
    if faults:
        raise ConfigurationError(tuple(faults))
    return tables
