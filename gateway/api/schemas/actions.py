"""The acts that a caller may do with a declaration, as answers show them."""

from pydantic import BaseModel

from gateway.domain.actions import ActionName, WhyNot


class ActionBody(BaseModel):
    """An act of the caller's, and whether it is possible now."""

    name: ActionName
    allowed: bool
    why_not: WhyNot | None
    """What stands in its way; null: nothing."""
    message: str | None
    """The same as a sentence in the caller's language."""
    needs_second: bool
    """Whether a second person has to approve it; of a verification: unless its outcome agrees with the authority."""
    applies: bool
    """Whether it is an application, which customs grants or refuses."""
    goods_items: list[int] | None
    """Of a release: those that may go by the decision as it stands; of an override: those that it would be for. Null: of other acts."""


class ItemObstacleBody(BaseModel):
    """One thing that stands against the release of a goods item."""

    code: str
    """That with which the release would be refused, `SW-API-...`."""
    title: str
    findings: list[str]
    """The codes of the findings by which the decision stands against it."""


class ItemGateBody(BaseModel):
    """Whether a goods item may be released, and all that stands against it, the first thing first."""

    goods_item: int
    may_release: bool
    obstacles: list[ItemObstacleBody]
