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
