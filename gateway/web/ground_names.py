"""The names of grounds, on every page that shows an application."""

from gateway.web.visit import Visit

NOT_STATED = "not_stated"


def ground_name(visit: Visit, name: str | None) -> str:
    """Name grounds; those of an administration's own, which no text names, stand as they are."""
    name = name or NOT_STATED
    try:
        return visit.text(f"grounds.{name}")
    except KeyError:
        return name
