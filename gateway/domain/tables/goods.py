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
