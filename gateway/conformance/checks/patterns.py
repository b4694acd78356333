"""No regular expression of the code can be kept busy by what an answer holds."""

from collections.abc import Iterator

from gateway.conformance.inspection import Inspection
from gateway.conformance.patterns import patterns_in
from gateway.conformance.rule import Nonconformity, rule

EXPLODES = rule(
    "patterns.explodes",
    "A pattern that stands in the code takes a time that is in proportion to the text, or nearly so",
    "repeat nothing that repeats or overlaps itself: `([a-z]+)*` is `[a-z]*`; or look at the text by its parts",
)


def check_patterns(inspection: Inspection) -> Iterator[Nonconformity]:
    """Try every pattern of the adapter's modules with texts that are made of its own parts."""
    package = inspection.package
    for file, tree in package.modules.items():
        for pattern in dict.fromkeys(patterns_in(tree)):
            if (found := inspection.process.explosion(pattern.text, searches=pattern.searches)) is not None:
                place = f"{file.relative_to(package.folder)}:{pattern.line}"
                yield Nonconformity(rule=EXPLODES, place=place, what=f"{pattern.text[:80]!r}: {found}")
