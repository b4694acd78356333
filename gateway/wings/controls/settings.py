"""The settings of control orders: where the key of the sealed room is."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from gateway.settings_table import SettingsTable


class ControlSettings(SettingsTable):
    """How packs of risk criteria are sealed."""

    key_file: Path | None = None
    """The file of the keys that seal packs and what they come to, outside the database: 64 hexadecimal digits a line, the key that seals first. None: controls
    are ordered by hand and by customs' machine alone."""
    copy_days: Annotated[int, Field(ge=1, le=366)] = 7
    """The days for which a national copy of operators counts (`gateway load-parties`), from its own day on; then nobody is trusted more than others until the next."""
    analysts: tuple[str, ...] = ()
    """The keys, or the subjects of who signs in, that publish packs of risk criteria and see which there are: officers, two of whom publish each pack. None:
    nobody does."""
    marking: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """How drafts of risk information are marked, by the administration's own words. None: the strictest, for analysts of customs alone."""
