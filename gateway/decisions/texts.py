"""What traders and officers are told: the catalogue's sentences with their parameters filled in."""

from collections.abc import Mapping
from string import Formatter

from gateway.domain.tables import Message


class TextFault(Exception):
    """A sentence and its parameters do not belong together."""


def names(template: str) -> frozenset[str]:
    """Names the parameters of a sentence.

    Raises:
        TextFault: if it is no sentence with plain `{name}` parameters.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TextFault(f"{template!r}: {error}") from error
    found = set()
    for _, name, layout, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or layout or conversion:
            raise TextFault(f"{template!r}: {{{name}}} is no plain parameter")
        found.add(name)
    return frozenset(found)


def render(message: Message, params: Mapping[str, str]) -> tuple[str, str]:
    """Gives message and remedy with the parameters in place.

    Raises:
        TextFault: if a parameter is missing.
    """
    try:
        return message.message.format_map(params), message.remedy.format_map(params)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise TextFault(f"{message.code}: {error!r}") from error
