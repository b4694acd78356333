"""The fields that a declaration's findings point at: by the document or goods item that each is about, and by the data elements that it names."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from gateway.domain.document import DocumentKey
from gateway.domain.work_list import Turn
from gateway.web.console.case_view import Body, CaseReading, key, stands_against

_ELEMENT = re.compile(r"(?<![\d ])(\d\d \d\d)(?: (\d{3})(?:\D{1,6}(\d{3})(?!\d))?)?")
_FIELDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "11 02": ("additional_type",),
        "11 09": ("requested_procedure", "previous_procedure"),
        "11 10": ("additional_procedures",),
        "12 01 001": ("reference",),
        "12 03 002": ("type",),
        "12 03 005": ("unit", "quantity"),
        "12 03 006": ("quantity", "unit"),
        "12 03 012": ("currency", "amount"),
        "12 03 013": ("line",),
        "12 03 014": ("amount", "currency"),
        "12 04 002": ("type",),
        "13 01 017": ("exporter",),
        "13 04 017": ("importer",),
        "13 06 017": ("representative",),
        "13 07 017": ("holder",),
        "14 05": ("invoice_currency",),
        "14 08": ("invoiced",),
        "16 03": ("country_of_destination",),
        "16 06": ("country_of_dispatch",),
        "16 08": ("origin",),
        "17 09": ("presentation_office",),
        "18 01": ("net_mass",),
        "18 02": ("supplementary_units",),
        "18 04": ("gross_mass",),
        "18 05": ("description",),
        "18 09": ("commodity_code",),
        "18 09 059": ("additional_codes",),
        "99 06": ("statistical_value",),
    }
)
"""The fields of a data element; a quantity and its unit are declared together, and so are an amount and its currency."""
_IN_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "SW-DEC-041": ("commodity_code",),
        "SW-DEC-043": ("commodity_code",),
        "SW-DEC-050": _FIELDS["11 09"],
        "SW-DEC-062": ("country_of_destination",),
        "SW-DEC-102": ("commodity_code",),
        "SW-DEC-114": ("customs_office",),
        "SW-DEC-195": ("commodity_code", "origin", "country_of_destination"),
        "SW-DEC-221": _FIELDS["11 09"],
        "SW-DEC-241": ("net_mass", "supplementary_units"),
        "SW-DEC-243": ("net_mass", "supplementary_units"),
        "SW-DEC-227": ("customs_office", "presentation_office"),
        "SW-DEC-264": ("customs_office", "presentation_office"),
        "SW-DEC-273": ("description",),
        "SW-DEC-276": ("net_mass", "supplementary_units"),
        "SW-DEC-278": ("customs_office",),
    }
)
"""The fields of findings whose remedies name data elements in words alone."""
_OF_PARTIES = frozenset({"SW-DEC-262", "SW-DEC-263"})
"""The findings whose messages name the data element of the party that they are about."""
_BESIDE_DOCUMENT = frozenset({"net_mass", "supplementary_units"})
_QUANTITIES = _BESIDE_DOCUMENT | {"quantity", "unit"}
_CITING = frozenset({"type", "reference"})


def fields_in(remedy: str, code: str) -> frozenset[str]:
    """Return the fields that a remedy names, by the numbers of their data elements or in words."""
    found = set(_IN_WORDS.get(code, ()))
    for element, first, second in _ELEMENT.findall(remedy):
        numbers = [f"{element} {part}" for part in (first, second) if part] or [element]
        found.update(name for number in numbers for name in _FIELDS.get(number, ()))
    return frozenset(found)


def pointing(finding: Body) -> str:
    """Return the words of a finding that name data elements to be corrected."""
    return str(finding["message" if finding["code"] in _OF_PARTIES else "remedy"])


class PointedFields:
    """The fields that the findings which are a trader's to cure point at."""

    def __init__(self, reading: CaseReading) -> None:
        decision: Body | None = reading.declared["decision"]
        findings = [] if decision is None else decision["findings"]
        self._about: dict[tuple[DocumentKey | None, int | None], set[str]] = {}
        for one in findings:
            if stands_against(one) and one["turn"] == Turn.DECLARANT:
                document = None if one["document"] is None else DocumentKey(*key(one["document"]))
                named = fields_in(pointing(one), one["code"])
                self._about.setdefault((document, one["goods_item"]), set()).update(named)
        self._citing: dict[DocumentKey, frozenset[int]] = {
            DocumentKey(*key(one)): frozenset(one["goods_items"]) for one in reading.declared["documents"]
        }
        self._documents = frozenset(document for document, _ in self._about if document is not None)
        self._items = frozenset(item for document, item in self._about if document is not None and item is not None)
        self._items_alone = frozenset(item for document, item in self._about if document is None)

    def __bool__(self) -> bool:
        return bool(self._about)

    def names(self, name: str, item: int | None, document: DocumentKey | None) -> bool:
        """Whether a finding points at a field, or is about what the field is of."""
        if self.lacks(name, item, document):
            return True
        if document is None:
            return name in _BESIDE_DOCUMENT and item in self._items
        if name not in _CITING | _QUANTITIES:
            return False
        if (document, item) in self._about or (document, None) in self._about:
            return True
        if item is None and document in self._documents:
            return True
        # Of a goods item alone a document is missing or wrong: what it cites may be changed, no quantity.
        return item in self._items_alone and name not in _QUANTITIES

    def lacks(self, name: str, item: int | None, document: DocumentKey | None) -> bool:
        """Whether a finding names the data element of a field, so that it is offered also where nothing is declared."""
        return any(
            name in named and self._is_of(about, number, item, document)
            for (about, number), named in self._about.items()
        )

    def _is_of(
        self, about: DocumentKey | None, number: int | None, item: int | None, document: DocumentKey | None
    ) -> bool:
        """Whether a finding about a document and goods item is about a field of these, too."""
        if document is not None:
            return (about is None or about == document) and (item is None or number is None or number == item)
        if item is None or number is not None:
            return item is None or number == item
        return about is None or item in self._citing.get(about, frozenset())
