"""The names of data elements by their places in the declaration's model: `documents.2.reference` is "documents 2, reference"."""

from gateway.web.templates_in_language import Templates


def element_name(templates: Templates, place: str) -> str:
    """Name a data element in the reader's language; a part that no text names is written out as it is."""
    named: list[str] = []
    for part in place.split("."):
        if part.isdecimal() and named:
            named[-1] = f"{named[-1]} {part}"
        else:
            named.append(_part(templates, part))
    return ", ".join(named)


def _part(templates: Templates, part: str) -> str:
    try:
        return str(templates.text(f"element.{part}"))
    except KeyError:
        return part.replace("_", " ")
