"""Which language a caller reads (RFC 9110, section 12.5.4; RFC 4647, section 3.4)."""

import re
from collections.abc import Collection, Iterable, Iterator

_RANGE = re.compile(
    r"[ \t]*(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)


def preferred(headers: Iterable[str], known: Collection[str], default: str) -> str:
    """Gives the first of a caller's languages that is known: `fr-BE` is content with `fr`.

    What is no language range is passed over; where nothing is left, or everything known is refused, it is the default.

    Args:
        headers: the values of `Accept-Language`.
        known: tags of the languages that there are.
        default: one of them.
    """
    ranges = [(range_, q) for header in headers for range_, q in _ranges(header)]
    refused = {range_ for range_, q in ranges if q == 0}
    tags = {tag.lower(): tag for tag in sorted(known, key=lambda tag: (tag != default, tag))}
    for range_, q in sorted(ranges, key=lambda one: -one[1]):
        if q == 0:
            continue
        for candidate in tags if range_ == "*" else _shorter(range_):
            if candidate in tags and candidate not in refused:
                return tags[candidate]
    return default


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        if found := _RANGE.fullmatch(part):
            yield found["range"].lower(), float(found["q"] or 1)


def _shorter(range_: str) -> Iterator[str]:
    """The range, and what is left of it without its last subtags; a single letter never ends one."""
    parts = range_.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        while parts and len(parts[-1]) == 1:
            parts.pop()
