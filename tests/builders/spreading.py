"""Which files of tests one worker runs: those of a package with running gateways in few heaps, as each worker starts them for itself."""

from collections import defaultdict

import pytest
from xdist.scheduler import LoadFileScheduling

HEAPS = {"flows": 4, "web": 2, "wings": 2, "house": 1, "api": 2}
"""Into how many heaps the files of a package go; those of any other are each by itself. What `house` reads of all stories it reads once."""


class ByPackage(LoadFileScheduling):
    """Gives each worker a file, or a heap of files that use the same gateways."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        super().__init__(config, log)
        self._files: defaultdict[str, dict[str, int]] = defaultdict(dict)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        package = file.removeprefix("tests/").partition("/")[0]
        if package not in HEAPS:
            return file
        files = self._files[package]
        return f"{package} {files.setdefault(file, len(files)) % HEAPS[package]}"
