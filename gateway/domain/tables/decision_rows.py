"""The rows about decisions and statuses of authorities: which procedures they fit, and what goes with them."""

from enum import StrEnum
from typing import Annotated

from gateway.domain.laxer import NEUTRAL, always, changed, fewer, more, row, switched_off, switched_on
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Row

_NOT_REFUSED = "what was refused is only held: under other procedures, or for a decision that is a refusal"
"""What fits some procedures is refused under all others; what nobody knows is only held."""


class DecisionNote(StrEnum):
    """What an authority releases goods as, where its document is for more."""

    NON_ORGANIC = "non_organic"
    """As goods that are not organic."""
    IN_CONVERSION = "in_conversion"
    """As goods in conversion to organic production."""


@row_kind(
    "decision",
    "decisions.toml",
    key="types decisions",
    added=row(lambda row: bool(row.procedures or row.transit), "a decision that was not known fits"),
    removed=always(_NOT_REFUSED),
)
class DecisionFit(Row):
    """The procedures that an authority's decisions fit (table 1)."""

    types: Codes
    decisions: Codes
    procedures: Annotated[Codes, more("the decision fits further procedures")] = ()
    transit: Annotated[bool, switched_on("the decision fits transit")] = False
    refused: Annotated[bool, switched_off("the decision is no refusal any more")] = False
    """The decision is a no."""
    monitored: Annotated[bool, switched_off("the goods are not monitored to their destination any more")] = False
    """Goods are monitored to their destination."""
    derived: Annotated[bool, switched_on(_NOT_REFUSED)] = False
    """The row is read out of other law than the table that the Union publishes: a procedure that is not named is held, not refused."""
    legal_basis: Annotated[str | None, NEUTRAL] = None
    """What has the decision fit these procedures only, or refuse; it stands in place of the finding's own."""
    note: Annotated[DecisionNote | None, NEUTRAL] = None
    """What goods are released as by the decision, where that is not what the document is for."""
    described: Annotated[Codes, fewer("fewer words of the description contradict the decision")] = ()
    """Words of a description of goods (18 05) that contradict the note."""
    unless: Annotated[Codes, more("further words of the description do not contradict the decision")] = ()
    """Words of a description beside which those are no contradiction."""
    extracts: Annotated[bool, switched_off("the document serves itself, and not its extracts alone")] = False
    """The document serves by its extracts alone: one of them is to be cited."""


@row_kind(
    "authority_status",
    "decisions.toml",
    key="types status",
    added=row(lambda row: bool(row.opens or row.procedures or row.transit), "a status that was not known is usable"),
    removed=always(_NOT_REFUSED),
)
class AuthorityStatus(Row):
    """An authority's own status with which a confirmed document is usable."""

    types: Codes
    status: str
    opens: Annotated[bool, changed("whether the decision counts under this status is another")] = False
    """The decision counts; else the status itself binds the document to the procedures named here."""
    procedures: Annotated[Codes, more("the status fits further procedures")] = ()
    transit: Annotated[bool, switched_on("the status fits transit")] = False
    pending: Annotated[Codes, more("under further procedures a decision is awaited, instead of a refusal")] = ()
    """Requested procedures for which a further decision is still to come."""
    derived: Annotated[bool, switched_on(_NOT_REFUSED)] = False
    """As in `DecisionFit`."""
    legal_basis: Annotated[str | None, NEUTRAL] = None
    """As in `DecisionFit`."""


@row_kind(
    "accompanied",
    "decisions.toml",
    key="type",
    added=always("what accompanies such a document is not compared with the goods"),
    removed=always("nothing has to accompany such a document any more"),
)
class Accompaniment(Row):
    """Documents that others of the same code have to accompany, by what the authority's record says of them."""

    type: str
    fact: Annotated[str, changed("other documents have to be accompanied")]
    """The fact of the record that tells them from the others."""
    value: Annotated[str, changed("other documents have to be accompanied")]
    """What that fact says of them."""
    by: Annotated[str, changed("other documents accompany them")]
    """The fact that lists the references of those that accompany them, as a JSON array."""
    legal_basis: Annotated[str, NEUTRAL]


@row_kind("validated", "decisions.toml", key="types status")
class Validation(Row):
    """Whose confirmation an authority's own status is, where it is not the authority's that decides on the goods."""

    types: Codes
    status: str
    fact: Annotated[str, NEUTRAL]
    """The fact of the record that names the country which confirmed."""
    legal_basis: Annotated[str, NEUTRAL]


@row_kind("processed", "decisions.toml", key="types previous")
class Processed(Row):
    """Goods that come out of processing: their commodity code need not be the one on the document of what went in."""

    types: Codes
    previous: Codes
    """Previous procedures."""
    legal_basis: Annotated[str, NEUTRAL]


class Simplified(StrEnum):
    """The simplifications by which goods are declared otherwise than by a whole declaration at one office."""

    CENTRALISED_CLEARANCE = "centralised_clearance"
    """Lodged at one office, the goods presented at another."""
    ENTRY_IN_RECORDS = "entry_in_records"
    """Entered in the declarant's records; customs is notified that the goods are presented."""


@row_kind(
    "simplification", "decisions.toml", key="name", removed=always("the simplification is not recognised any more")
)
class Simplification(Row):
    """The signs by which a declaration shows that a simplification is used."""

    name: Simplified
    types: Annotated[Codes, changed("another authorisation shows that the simplification is used")]
    """The codes of its authorisation."""
    datasets: Annotated[Codes, fewer("fewer datasets are those of an entry in the declarant's records")] = ()
    """Columns of Annex B that are lodged under it alone."""
    one_country: Annotated[bool, switched_on("two offices of one country need no authorisation")] = False
    """Whether two offices of one Member State are named without its authorisation, which customs there has waived."""
    legal_basis: Annotated[str, NEUTRAL]
