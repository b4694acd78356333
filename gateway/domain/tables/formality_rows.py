"""The rows about documents of single formalities: who holds them, what goes with them, where and how often they serve."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes, HolderParty, Row


class HolderMatch(StrEnum):
    """Which of the parties that may hold a document has to be its holder."""

    ANY = "any"
    """One of those that are declared."""
    FIRST = "first"
    """The first that is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHolders(Row):
    """The parties of a declaration of which one has to hold a document. A party that is not declared is none, the declarant does not stand in for it."""

    types: Codes
    """Codes of documents."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    procedures: Codes = ()
    """Requested procedures under which it is so; empty: all that no other row names, and transit."""
    parties: tuple[HolderParty, ...]
    """The parties, in the order in which `first` takes them."""
    match: HolderMatch = HolderMatch.ANY
    """`any`: one of those that are declared; `first`: the first that is declared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentsTogether(Row):
    """Documents that go together with others on the same goods item."""

    types: Codes
    """Codes of the documents that need another one beside them."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    procedures: Codes = ()
    """Requested procedures under which it is so; empty: all, and transit."""
    beside: Codes
    """Codes of which one has to be declared beside such a document."""
    fact: str | None = None
    """The fact of the authority's record that asks for the other document. Without it: it always goes with one."""
    value: str | None = None
    """What that fact says of a document that needs the other one."""
    by: str | None = None
    """The fact of the record that lists the references of the others, as a JSON array: all of them have to be declared. Without `fact` a document whose record lists none stands alone."""
    legal_basis: str
    """What asks for the other document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignatedOffices(Row):
    """The customs offices that may clear goods with a document."""

    types: Codes
    """Codes of documents."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    offices: Codes
    """Reference numbers (an8) of all offices that may, or the two letters of a country for all of its offices."""
    legal_basis: str
    """What has the offices designated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServesOnce(Row):
    """Documents that serve for one declaration, and what their authority says of one that has served."""

    types: Codes
    """Codes of documents."""
    statuses: Codes
    """The authority's own statuses with which a confirmed document has served already."""
    procedures: Codes = ()
    """Requested procedures under which it serves once; empty: all, and transit."""
    by: str | None = None
    """The fact of the record that names the declaration for which it served, by its MRN. Without it: nobody says."""
    legal_basis: str
    """What lets it serve once only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenceDeviation(Row):
    """How far a quantity may deviate from what the document certifies, upwards and downwards."""

    types: Codes
    """Codes of documents whose certified quantity this declaration's own is compared with (`quantity = "own"`)."""
    up: Decimal
    """Percent by which more may be declared."""
    down: Decimal
    """Percent by which less may be declared."""
    legal_basis: str
    """What allows the deviation."""
