"""The closed list of what is counted day by day, each with what it is told apart by beside the office."""

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """Something that is counted once for each day and office."""

    name: str
    by: str = ""
    """What else it is told apart by; empty: nothing."""
    means: str
    """In English, for docs/indicators.md."""


def _by_name(*counts: DayCount) -> MappingProxyType[str, DayCount]:
    return MappingProxyType({one.name: one for one in counts})


TIMES = MappingProxyType({"10m": 600, "1h": 3_600, "4h": 14_400, "1d": 86_400, "3d": 259_200, "10d": 864_000})
"""The classes of times from lodging to release, each with its longest, in seconds; what took longer is in `more`."""
MORE = "more"

COUNTS = _by_name(
    DayCount(name="lodged", means="declarations that were received"),
    DayCount(name="decided", means="declarations of which a decision for the first time did not hold the goods"),
    DayCount(name="decided_alone", means="those of them before whose decision no officer had done anything"),
    DayCount(
        name="released",
        by="time",
        means="declarations of which goods were released for the first time, by the time since lodging",
    ),
    DayCount(
        name="held",
        by="authority",
        means="declarations that began to be held, once for each authority for whose documents; without any where the reason is another",
    ),
    DayCount(
        name="confirmed",
        by="formality",
        means="cited documents that their authority had confirmed in the decision that first did not hold the goods, by the code of the document",
    ),
    DayCount(
        name="not_determined",
        by="authority",
        means="declarations that were decided while nobody could say how a document stood, once for each authority",
    ),
    DayCount(name="override", means="releases that officers ordered against the decision"),
    DayCount(
        name="over_use",
        by="authority",
        means="declarations held or refused since more was declared than their document had left, and movements that the authority refused for that, once for each authority",
    ),
    DayCount(name="corrected", means="amendments of declarations that were held or refused"),
    DayCount(name="contingency", means="declarations that were decided by a contingency window"),
    DayCount(name="suspended", by="regime", means="suspensions of goods, by their regime"),
)
