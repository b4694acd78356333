"""The facts of goods that decide which measures they come under."""

from typing import NamedTuple

from gateway.contract import Direction


class Goods(NamedTuple):
    """The facts of goods that decide which measures they come under."""

    commodity_code: str
    direction: Direction
    procedure: str | None = None
    """The requested one."""
    origin: str | None = None
    destination: str | None = None
    additional_codes: tuple[str, ...] = ()
    """TARIC additional codes, four characters each."""

    @property
    def country(self) -> str | None:
        """The country by which measures of TARIC apply: of destination on export, else of origin."""
        return self.destination if self.direction is Direction.EXPORT else self.origin

    def has_code(self, additional_code: str) -> bool | None:
        """Whether goods have the additional code of a measure; None: no code of its type is declared, so nobody can tell."""
        if not additional_code or additional_code in self.additional_codes:
            return True
        return False if any(code[:1] == additional_code[:1] for code in self.additional_codes) else None
