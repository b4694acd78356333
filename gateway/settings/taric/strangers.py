"""Codes in the conditions of a load that no table of an installation knows: they hold once they matter, and are told when they are loaded."""

from collections.abc import Iterator

from gateway.domain.tables.credibility import EURO
from gateway.domain.tables.in_force import Tables
from gateway.settings.taric.report import NamedCode, Report
from gateway.settings.taric.vocabulary import CodeMeanings


def strange_codes(report: Report, tables: Tables, meanings: CodeMeanings) -> Iterator[str]:
    """Yield a sentence about each code that is not known, with its count and first place."""
    listed = {code for row in tables.listed_codes for code in row.entries}
    known = tables.known() | listed | {code for row in tables.classes for code in row.types}
    units = {row.word for row in tables.units}
    currencies = {EURO} | {row.currency for row in tables.exchange_rates}
    for (named, code), (count, place) in sorted(report.named.items()):
        what = ""
        if named is NamedCode.CERTIFICATE and code not in known and meanings.certificate(code) is None:
            what = f"the document code {code} is known nowhere: declared, it is for an officer to verify"
        elif named is NamedCode.UNIT and code not in units:
            what = f"the unit {code} is not known: a limit in it cannot be compared, and holds"
        elif named is NamedCode.CURRENCY and code not in currencies:
            what = f"the currency {code} has no rate: a limit in it cannot be compared, and holds"
        elif named is NamedCode.PRICE:
            what = f"{code} is a price, to which no declaration compares: such a limit holds"
        if what:
            yield f"{place}: {what} ({count} times)"
