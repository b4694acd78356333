"""Folders of tables that stand over the delivered ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.domain.tables.in_force import Tables
from gateway.settings.tables import load_tables
from gateway.settings.tables.layers import Layer, stages
from tests.builders.places import CONFIG


def over(folder: Path, **files: str) -> Tables:
    """Reads the delivered tables with files of a further folder over them: `documents="..."` is `documents.toml`."""
    return load_tables(CONFIG, layer(folder, **files))


def layer(folder: Path, **files: str) -> Path:
    """Writes a further folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def overlay(layers: Sequence[Layer]) -> tuple[dict[str, Sequence[Any]], list[str]]:
    """Gives the rows that hold when later layers stand over earlier ones, and what is wrong with the layers."""
    found = list(stages(layers))
    return dict(found[-1].rows), [fault for stage in found for fault in stage.faults]
