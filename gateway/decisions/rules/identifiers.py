"""The numbers and codes that name movements, parties, customs offices and countries: whether there can be such a one."""

import re
from collections.abc import Iterator

from gateway.decisions.account import is_office
from gateway.decisions.case import OpenedCase, Raised
from gateway.domain.declaration import Direction
from gateway.domain.mrn import is_checked, is_mrn
from gateway.domain.tables.identifiers import NumberedParty, NumberOrigin
from gateway.domain.tables.identifiers_in_force import IdentifiersInForce

MRN_CHECK = "SW-DEC-260"
PREVIOUS_MRN = "SW-DEC-261"
NO_NUMBER = "SW-DEC-262"
NUMBER_OF_ELSEWHERE = "SW-DEC-263"
NO_OFFICE = "SW-DEC-264"
UNKNOWN_COUNTRY = "SW-DEC-265"

_PARTIES = tuple((party, party.value) for party in NumberedParty)
_NUMBER = re.compile(r"[A-Z]{2}[!-~]{1,15}")
"""An identification number (13 xx 017): a country and up to 15 characters."""


def mrn_checked(file: OpenedCase) -> Iterator[Raised]:
    """The MRN ends with the check character of what stands before it."""
    mrn = file.case.plan.mrn
    row = file.tables.identifiers.own_mrn(file.direction) if mrn is not None else None
    if mrn is not None and row is not None and not (is_mrn(mrn) and is_checked(mrn)):
        yield Raised(code=MRN_CHECK, params={"mrn": mrn}, legal_basis=row.legal_basis)


def previous_mrn_checked(file: OpenedCase) -> Iterator[Raised]:
    """A previous document that is cited by its MRN is cited by one that there can be."""
    for number, previous in file.previous:
        row = file.tables.identifiers.previous_mrn(previous.type)
        if row is None:
            continue
        formed = is_mrn(previous.reference)
        if (row.always and not formed) or (formed and not is_checked(previous.reference)):
            params = {"kind": previous.type, "cited": previous.reference or "-"}
            yield Raised(code=PREVIOUS_MRN, goods_item=number, params=params, legal_basis=row.legal_basis)


def party_numbers(file: OpenedCase) -> Iterator[Raised]:
    """A party has an EORI number of a Member State or Northern Ireland, or another country's number where the data element takes one."""
    known, declaration = file.tables.identifiers, file.declaration
    for party, name in _PARTIES:
        number = getattr(declaration, name)
        # In transit the holder of the procedure is the declarant, whose number is then that of a holder.
        if party is NumberedParty.DECLARANT and file.direction is Direction.TRANSIT and number == declaration.holder:
            party = NumberedParty.HOLDER
        row = known.party(party, declaration.format) if number else None
        if row is None:
            continue
        country = number[:2]
        if known.applies_code(country, declaration.format) and _NUMBER.fullmatch(number):
            continue
        params = {"named_party": name, "number": number, "element": row.data_element}
        if not _NUMBER.fullmatch(number) or not _is_known(known, country):
            yield Raised(code=NO_NUMBER, params=params, legal_basis=row.legal_basis)
        elif row.others is NumberOrigin.NONE or (
            row.others is NumberOrigin.COMMON_TRANSIT and not known.in_transit(country)
        ):
            params |= {"country": country, "numbers_of": row.others.value}
            yield Raised(code=NUMBER_OF_ELSEWHERE, params=params, legal_basis=row.legal_basis)


def offices(file: OpenedCase) -> Iterator[Raised]:
    """A customs office is one of a Member State or Northern Ireland, or in transit of a common-transit country."""
    known = file.tables.identifiers
    if not known.judged:
        return
    for which, office in (
        ("lodged", file.declaration.customs_office),
        ("presented", file.declaration.presentation_office),
    ):
        if office is None:
            continue
        country, transit = office[:2], file.direction is Direction.TRANSIT
        placed = known.applies_code(country, file.declaration.format) or (transit and known.in_transit(country))
        if not (placed and is_office(office)):
            params = {"which_office": which, "office": office, "offices_of": "transit" if transit else "union"}
            yield Raised(code=NO_OFFICE, params=params)


def countries_known(file: OpenedCase) -> Iterator[Raised]:
    """Countries of origin, dispatch and destination are in customs' list of the day."""
    known = file.tables.identifiers
    if not known.judged:
        return
    declaration = file.declaration
    declared = {declaration.country_of_dispatch, declaration.country_of_destination}
    for item in file.items:
        declared.update((item.origin, item.country_of_dispatch, item.country_of_destination))
    unknown = {code for code in declared if code and not known.is_country(code)}
    if not unknown:
        return
    for what, code in (
        ("dispatch", declaration.country_of_dispatch),
        ("destination", declaration.country_of_destination),
    ):
        if code in unknown:
            yield Raised(code=UNKNOWN_COUNTRY, params={"which_country": what, "country": code})
    for item in file.items:
        for what, code in (
            ("origin", item.origin),
            ("dispatch", item.country_of_dispatch),
            ("destination", item.country_of_destination),
        ):
            if code in unknown:
                yield Raised(
                    code=UNKNOWN_COUNTRY, goods_item=item.number, params={"which_country": what, "country": code}
                )


def _is_known(known: IdentifiersInForce, country: str) -> bool:
    return known.is_country(country) or known.in_transit(country)
