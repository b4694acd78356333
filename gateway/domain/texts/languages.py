"""The choice of the language that a caller reads (RFC 9110, section 12.5.4; RFC 4647, section 3.4)."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import islice

_RANGE = re.compile(
    r"[ \t]*(?P<range>\*|[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)"
    r"(?:[ \t]*;[ \t]*[qQ]=(?P<q>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?[ \t]*"
)
READ = 1_000
"""Characters of all values together that are read: a browser sends some forty."""
MOST = 32
"""Ranges that are read."""
LONGEST = 100
"""Characters of one range; a longer one is none (RFC 5646, section 4.4.1, has tags of 35)."""


def preferred(headers: Iterable[str], known: Collection[str], default: str) -> str:
    """Return the first of a caller's languages that is known: `fr-BE` is content with `fr`.

    What is no language range is passed over; where nothing is left, or everything known is refused, it is the default. No more than
    `READ` characters and `MOST` ranges are read: the header is anybody's, and even a refusal is written in its language.

    Args:
        headers: the values of `Accept-Language`.
        known: tags of the languages that there are.
        default: one of them.
    """
    ranges = list(islice(_ranges(_read(headers)), MOST))
    refused = {range_ for range_, q in ranges if q == 0}
    tags = {tag.lower(): tag for tag in sorted(known, key=lambda tag: (tag != default, tag))}
    for range_, q in sorted(ranges, key=lambda one: -one[1]):
        if q == 0:
            continue
        for candidate in tags if range_ == "*" else _shorter(range_):
            if candidate in tags and candidate not in refused:
                return tags[candidate]
    return default


def _read(headers: Iterable[str]) -> str:
    """Join the values, as far as they are read; the range that the end would cut in two is left out."""
    read = ",".join(islice(headers, MOST))
    return read if len(read) <= READ else read[: read.rfind(",", 0, READ) + 1]


def _ranges(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        if len(part) <= LONGEST and (found := _RANGE.fullmatch(part)):
            yield found["range"].lower(), float(found["q"] or 1)


def _shorter(range_: str) -> Iterator[str]:
    """Yield the range, and what is left of it without its last subtags; a single letter never ends one."""
    parts = range_.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        while parts and len(parts[-1]) == 1:
            parts.pop()
