"""Whether a declared commodity code is one that a certificate covers."""

from collections.abc import Iterable

from gateway.contract import CertificateLine, Nomenclature

_DIGITS = {Nomenclature.HS: 6, Nomenclature.CN: 8}


class LineIndex:
    """A certificate's lines by their commodity code.

    A line covers every declared code that starts with its own, read to 8 digits (to 6 where it is of the HS). In transit,
    where six digits are declared, a line also covers what its own code starts with.
    """

    def __init__(self, lines: Iterable[CertificateLine], *, transit: bool) -> None:
        self.lines = tuple(sorted(lines, key=lambda line: line.number))
        self._transit = transit
        self._by_number: dict[int, CertificateLine] = {line.number: line for line in self.lines}
        self._by_code: dict[str, list[CertificateLine]] = {}
        for line in self.lines:
            code = "".join(c for c in line.commodity_code if c.isdigit())[: _DIGITS[line.nomenclature]]
            if len(code) >= 2:
                self._by_code.setdefault(code, []).append(line)
        self._found: dict[str, tuple[CertificateLine, ...]] = {}

    def fitting(self, commodity_code: str) -> tuple[CertificateLine, ...]:
        """Gives the lines that cover a declared code, in the order of their numbers."""
        found = self._found.get(commodity_code)
        if found is None:
            lengths = range(2, min(8, len(commodity_code)) + 1)
            lines = [line for length in lengths for line in self._by_code.get(commodity_code[:length], ())]
            if self._transit:
                lines += [
                    line
                    for code, longer in self._by_code.items()
                    if len(code) > len(commodity_code) >= 6 and code.startswith(commodity_code)
                    for line in longer
                ]
            found = self._found[commodity_code] = tuple(sorted(lines, key=lambda line: line.number))
        return found

    def numbered(self, number: int) -> CertificateLine | None:
        """Gives a line by its number."""
        return self._by_number.get(number)
