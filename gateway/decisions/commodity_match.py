"""The match of a declared commodity code with the codes that a certificate covers."""

from bisect import bisect_right
from collections.abc import Iterable
from functools import cached_property
from itertools import takewhile
from operator import attrgetter

from gateway.contract import CertificateLine, Nomenclature

_NUMBER = attrgetter("number")
_DIGITS = {Nomenclature.HS: 6, Nomenclature.CN: 8}
_LONGER = 200
"""More codes of at most 8 digits than can begin with one of 6 or more."""
_COVERED_NAMED = 12
"""Codes that a sentence names."""


class LineIndex:
    """A certificate's lines by their commodity code.

    A line covers every declared code that starts with its own, read to 8 digits (to 6 where it is of the HS). In transit,
    where six digits are declared, a line also covers what its own code starts with.
    """

    def __init__(self, lines: Iterable[CertificateLine], *, transit: bool) -> None:
        self.lines = tuple(sorted(lines, key=_NUMBER))
        self._transit = transit
        self._by_number: dict[int, CertificateLine] = {line.number: line for line in self.lines}
        self._by_code: dict[str, list[CertificateLine]] = {}
        for line in self.lines:
            code = _code(line)
            if len(code) >= 2:
                self._by_code.setdefault(code, []).append(line)
        self._lengths = sorted({len(code) for code in self._by_code})
        self._found: dict[str, tuple[CertificateLine, ...]] = {}
        self._origins: dict[str, frozenset[str | None]] = {}
        self._refuses: dict[str, bool] = {}

    @cached_property
    def _codes(self) -> list[str]:
        return sorted(self._by_code)

    @cached_property
    def _refused(self) -> bool:
        return any(line.refused for line in self.lines)

    @cached_property
    def covered(self) -> str:
        """The codes that the certificate covers, as far as they fit into a sentence."""
        return ", ".join(sorted({line.commodity_code for line in self.lines})[:_COVERED_NAMED])

    def fitting(self, commodity_code: str) -> tuple[CertificateLine, ...]:
        """Return the lines that cover a declared code, in the order of their numbers."""
        found = self._found.get(commodity_code)
        if found is None:
            lines = [
                line
                for length in self._lengths
                if length <= len(commodity_code)
                for line in self._by_code.get(commodity_code[:length], ())
            ]
            if self._transit and len(commodity_code) >= 6:
                begins = bisect_right(self._codes, commodity_code)
                longer = takewhile(lambda code: code.startswith(commodity_code), self._codes[begins : begins + _LONGER])
                lines += [line for code in longer for line in self._by_code[code]]
            found = self._found[commodity_code] = tuple(sorted(lines, key=_NUMBER))
        return found

    def covers(self, line: CertificateLine, commodity_code: str) -> bool:
        """Whether a line of this certificate covers a declared code."""
        code = _code(line)
        if len(code) < 2:
            return False
        if commodity_code.startswith(code):
            return True
        return self._transit and len(commodity_code) >= 6 and code.startswith(commodity_code)

    def refuses(self, commodity_code: str) -> bool:
        """Whether the authority refused a line that covers a declared code."""
        if not self._refused:
            return False
        found = self._refuses.get(commodity_code)
        if found is None:
            found = self._refuses[commodity_code] = any(line.refused for line in self.fitting(commodity_code))
        return found

    def origins(self, commodity_code: str) -> frozenset[str | None]:
        """Return the origins that the lines covering a declared code name; None among them: one names none."""
        found = self._origins.get(commodity_code)
        if found is None:
            lines = self.fitting(commodity_code)
            found = frozenset(origin for line in lines for origin in line.origins or (line.origin,))
            self._origins[commodity_code] = found
        return found

    def numbered(self, number: int) -> CertificateLine | None:
        """Return a line by its number."""
        return self._by_number.get(number)


def _code(line: CertificateLine) -> str:
    code = line.commodity_code
    digits = code if code.isdigit() else "".join(c for c in code if c.isdigit())
    return digits[: _DIGITS[line.nomenclature]]
