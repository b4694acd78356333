"""What is open of a declaration beside its decision, as answers show it."""

from datetime import datetime

from pydantic import BaseModel

from gateway.domain.matter import MatterKind
from gateway.domain.turn import Turn


class MatterBody(BaseModel):
    """An open matter of a declaration, and whose turn it is because of it."""

    kind: MatterKind
    turn: Turn
    since: datetime | None
    about: str | None
    """What is applied or asked for, what is examined, or how the declaration ended."""
    by: str | None
    """The person who asked; not told to traders."""
    link: str | None
