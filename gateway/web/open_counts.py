"""The counts of open orders and applications, by the entries of the console's menu that show them."""

import re
from typing import NamedTuple

_WRITTEN = re.compile(r"([0-9]{1,4})-([0-9]{1,4})", re.ASCII)


class OpenCounts(NamedTuple):
    """How many orders and applications wait that a reader may answer."""

    approvals: int = 0
    applications: int = 0

    def __str__(self) -> str:
        """Write them as the address of a stream has them."""
        return f"{self.approvals}-{self.applications}"

    @classmethod
    def read(cls, text: str) -> "OpenCounts | None":
        """Read them from the address of a stream; nothing stands for none, and what is no such text gives None."""
        found = _WRITTEN.fullmatch(text or "0-0")
        return None if found is None else cls(int(found[1]), int(found[2]))


NO_COUNTS = OpenCounts()
