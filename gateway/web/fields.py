"""The fields of a form that was sent, each once."""

from collections.abc import Iterable, Mapping

from gateway.domain.errors import StandsTwice


def fields_once(pairs: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return fields by their name: one that is given twice is refused, since either may be meant.

    Raises:
        StandsTwice: one does.
    """
    found: dict[str, str] = {}
    for name, value in pairs:
        if name in found:
            raise StandsTwice(f"The field {name!r:.60} stands twice.")
        found[name] = value
    return found
