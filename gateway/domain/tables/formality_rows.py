"""The rows about documents of single formalities: who holds them, what goes with them, where and how often they serve."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from gateway.contract import Direction
from gateway.domain.laxer import NEUTRAL, always, changed, fewer, fewer_of_all, larger, lower, more, row
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, HolderParty, Row


class HolderMatch(StrEnum):
    """Which of the parties that may hold a document has to be its holder."""

    ANY = "any"
    """One of those that are declared."""
    FIRST = "first"
    """The first that is declared."""


@row_kind(
    "holder",
    "documents.toml requirements/**/*.toml documents.*.toml",
    key="types directions procedures",
    for_all="procedures",
    added=always("other parties than that of the document's row may hold it"),
    removed=always("the party of the document's row may hold it, or the declarant in its place"),
)
class DocumentHolders(Row):
    """The parties of a declaration of which one has to hold a document. A party that is not declared is none, the declarant does not stand in for it."""

    types: Codes
    """Codes of documents."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    procedures: Codes = ()
    """Requested procedures under which it is so; empty: all that no other row names, and transit."""
    parties: Annotated[tuple[HolderParty, ...], changed("other parties may hold the document")]
    """The parties, in the order in which `first` takes them."""
    match: Annotated[
        HolderMatch, lower((HolderMatch.ANY, HolderMatch.FIRST), "each of the parties may hold the document")
    ] = HolderMatch.ANY
    """`any`: one of those that are declared; `first`: the first that is declared."""


@row_kind(
    "together",
    "documents.toml requirements/**/*.toml documents.*.toml",
    key="types directions",
    removed=always("the document does not need another one beside it any more"),
)
class DocumentsTogether(Row):
    """Documents that go together with others on the same goods item."""

    types: Codes
    """Codes of the documents that need another one beside them."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    procedures: Annotated[Codes, fewer_of_all("the documents go together under fewer procedures")] = ()
    """Requested procedures under which it is so; empty: all, and transit."""
    beside: Annotated[Codes, more("further documents are enough beside it")]
    """Codes of which one has to be declared beside such a document."""
    fact: Annotated[str | None, changed("other documents go together")] = None
    """The fact of the authority's record that asks for the other document. Without it: it always goes with one."""
    value: Annotated[str | None, changed("other documents go together")] = None
    """What that fact says of a document that needs the other one."""
    by: Annotated[str | None, changed("other documents go together")] = None
    """The fact of the record that lists the references of the others, as a JSON array: all of them have to be declared. Without `fact` a document whose record lists none stands alone."""
    legal_basis: Annotated[str, NEUTRAL]
    """What asks for the other document."""


@row_kind(
    "designated_office",
    "documents.toml requirements/**/*.toml documents.*.toml",
    key="types directions",
    removed=always("every office may clear such goods"),
)
class DesignatedOffices(Row):
    """The customs offices that may clear goods with a document."""

    types: Codes
    """Codes of documents."""
    directions: tuple[Direction, ...]
    """The movements of goods for which it is so."""
    offices: Annotated[Codes, more("further offices may clear such goods")]
    """Reference numbers (an8) of all offices that may, or the two letters of a country for all of its offices."""
    legal_basis: Annotated[str, NEUTRAL]
    """What has the offices designated."""


@row_kind(
    "once",
    "decisions.toml requirements/**/*.toml documents.*.toml",
    key="types",
    removed=always("the document may serve again"),
)
class ServesOnce(Row):
    """Documents that serve for one declaration, and what their authority says of one that has served."""

    types: Codes
    """Codes of documents."""
    statuses: Annotated[Codes, fewer("fewer statuses say that the document has served")]
    """The authority's own statuses with which a confirmed document has served already."""
    procedures: Annotated[Codes, fewer_of_all("the document serves once under fewer procedures")] = ()
    """Requested procedures under which it serves once; empty: all, and transit."""
    by: Annotated[str | None, changed("another fact says for which declaration it served")] = None
    """The fact of the record that names the declaration for which it served, by its MRN. Without it: nobody says."""
    taken_by: Annotated[
        Codes, fewer("the document is taken under fewer procedures by a declaration that was accepted before")
    ] = ()
    """Requested procedures under which a declaration that customs accepted before takes it, until its authority knows; empty: its authority alone says that it has served."""
    legal_basis: Annotated[str, NEUTRAL]
    """What lets it serve once only."""


@row_kind(
    "deviation",
    "decisions.toml requirements/**/*.toml documents.*.toml",
    key="types",
    added=row(lambda row: row.up > 0, "more may be declared than is certified"),
    removed=always("less may be declared than is certified"),
)
class LicenceDeviation(Row):
    """How far a quantity may deviate from what the document certifies, upwards and downwards."""

    types: Codes
    """Codes of documents whose certified quantity this declaration's own is compared with (`quantity = "own"`)."""
    up: Annotated[Decimal, larger("more may be declared than is certified")]
    """Percent by which more may be declared."""
    down: Annotated[Decimal, larger("less may be declared than is certified")]
    """Percent by which less may be declared."""
    legal_basis: Annotated[str, NEUTRAL]
    """What allows the deviation."""
