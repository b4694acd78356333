"""The rows about decisions and statuses of authorities: which procedures they fit, and what goes with them."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.domain.tables.rows import Codes, Row


class DecisionNote(StrEnum):
    """What an authority releases goods as, where its document is for more."""

    NON_ORGANIC = "non_organic"
    """As goods that are not organic."""
    IN_CONVERSION = "in_conversion"
    """As goods in conversion to organic production."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFit(Row):
    """The procedures that an authority's decisions fit (table 1)."""

    types: Codes
    decisions: Codes
    procedures: Codes = ()
    transit: bool = False
    refused: bool = False
    """The decision is a no."""
    monitored: bool = False
    """Goods are monitored to their destination."""
    derived: bool = False
    """The row is read out of other law than the table that the Union publishes: a procedure that is not named is held, not refused."""
    legal_basis: str | None = None
    """What has the decision fit these procedures only, or refuse; it stands in place of the finding's own."""
    note: DecisionNote | None = None
    """What goods are released as by the decision, where that is not what the document is for."""
    described: Codes = ()
    """Words of a description of goods (18 05) that contradict the note."""
    unless: Codes = ()
    """Words of a description beside which those are no contradiction."""
    extracts: bool = False
    """The document serves by its extracts alone: one of them is to be cited."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityStatus(Row):
    """An authority's own status with which a confirmed document is usable."""

    types: Codes
    status: str
    opens: bool = False
    """The decision counts; else the status itself binds the document to the procedures named here."""
    procedures: Codes = ()
    transit: bool = False
    pending: Codes = ()
    """Requested procedures for which a further decision is still to come."""
    derived: bool = False
    """As in `DecisionFit`."""
    legal_basis: str | None = None
    """As in `DecisionFit`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accompaniment(Row):
    """Documents that others of the same code have to accompany, by what the authority's record says of them."""

    type: str
    fact: str
    """The fact of the record that tells them from the others."""
    value: str
    """What that fact says of them."""
    by: str
    """The fact that lists the references of those that accompany them, as a JSON array."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation(Row):
    """Whose confirmation an authority's own status is, where it is not the authority's that decides on the goods."""

    types: Codes
    status: str
    fact: str
    """The fact of the record that names the country which confirmed."""
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed(Row):
    """Goods that come out of processing: their commodity code need not be the one on the document of what went in."""

    types: Codes
    previous: Codes
    """Previous procedures."""
    legal_basis: str


class Simplified(StrEnum):
    """The simplifications by which goods are declared otherwise than by a whole declaration at one office."""

    CENTRALISED_CLEARANCE = "centralised_clearance"
    """Lodged at one office, the goods presented at another."""
    ENTRY_IN_RECORDS = "entry_in_records"
    """Entered in the declarant's records; customs is notified that the goods are presented."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Simplification(Row):
    """The signs by which a declaration shows that a simplification is used."""

    name: Simplified
    types: Codes
    """The codes of its authorisation."""
    datasets: Codes = ()
    """Columns of Annex B that are lodged under it alone."""
    one_country: bool = False
    """Whether two offices of one Member State are named without its authorisation, which customs there has waived."""
    legal_basis: str
