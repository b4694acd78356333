"""The distribution that brought an adapter: what it may put where Python looks for modules."""

import csv
from collections.abc import Iterator
from pathlib import Path

_OURS = ("gateway", "adapters")
"""Folders of the gateway's own distribution, which holds more than one package."""
_SHOWN = 5


def distribution_fault(package: str, folder: Path) -> str | None:
    """Return what is wrong with the distribution that brought a package into a folder; None: nothing, or none brought it.

    What stands beside the package is run by Python in the gateway itself, at its start (`.pth`, `sitecustomize.py`) or when somebody
    imports that name: in no sandbox, and whatever is known of the package.
    """
    if package.startswith(tuple(f"{one}." for one in _OURS)):
        return None
    own = package.replace(".", "/") + "/"
    top = package.partition(".")[0] + "/"
    place = folder.parents[package.count(".")]
    for information in sorted(place.glob("*.dist-info")):
        files = [*_recorded(information / "RECORD")]
        if not any(file.startswith(own) for file in files):
            continue
        within = (top, f"{information.name}/")
        beside = [file for file in files if ".." in file.split("/") or not file.startswith(within)]
        # Compiled ones, which `pip` makes, after what they were made of.
        beside.sort(key=lambda file: (file.endswith(".pyc"), file))
        if beside:
            more = f" and {len(beside) - _SHOWN} more" if len(beside) > _SHOWN else ""
            return (
                f"its distribution {information.name.removesuffix('.dist-info')} brings files outside {top}: "
                f"{', '.join(beside[:_SHOWN])}{more}; what stands there runs in the gateway itself, in no sandbox: uninstall it, "
                "look for what it has done, and install one that holds the package alone"
            )
    return None


def _recorded(record: Path) -> Iterator[str]:
    """Yield the files that a distribution brought, as seen from where it was installed."""
    try:
        with record.open(encoding="utf-8", newline="") as lines:
            yield from (row[0] for row in csv.reader(lines) if row)
    except (OSError, UnicodeDecodeError, csv.Error):
        return
