"""An examination of the goods or their documents that customs announces (UCC Art. 188)."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Examination:
    """An announced examination, and whether it took place."""

    announced_at: datetime
    took_place_at: datetime | None = None
    """None: it is still awaited."""
    reference: str | None = None
    """Customs' own number of it: one with another number is another examination."""

    @property
    def is_awaited(self) -> bool:
        """Whether it has yet to take place."""
        return self.took_place_at is None
