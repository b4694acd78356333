"""The rows about document codes: their classes, the data elements in which they may stand, and the codes that they replaced."""

from typing import Annotated

from gateway.contract import Direction
from gateway.domain.laxer import NEUTRAL, LooseningDirection, always, fewer, more, row
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.rows import Codes, Element, Row
from gateway.domain.verification import DocumentClass

_UNVERIFIED = "such a document is not verified by an officer any more"


def _needs_no_officer(before: DocumentClass, after: DocumentClass) -> bool:
    return before.needs_officer and not after.needs_officer


@row_kind(
    "class",
    "document_classes.toml document_classes.*.toml",
    key="types element",
    later=True,
    added=row(
        lambda row: not row.name.needs_officer or bool(row.covered_by),
        "a code that was not known does not hold any more, or not beside another document",
    ),
    removed=row(lambda row: row.name.needs_officer, "the code has no class of its own any more"),
)
class ClassRow(Row):
    """The class of document codes."""

    name: Annotated[DocumentClass, LooseningDirection(_needs_no_officer, _UNVERIFIED)]
    types: Codes
    element: Element | None = None
    """Only where this data element cites it; None: wherever it is cited and no row names the element."""
    covered_by: Annotated[Codes, more("further documents show that the authority has checked it already")] = ()
    """Document types: one of them on the same goods item, confirmed, shows that its authority has checked this document already."""
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "prefix_class",
    "document_classes.toml",
    key="prefixes",
    own_only=True,
    added=row(lambda row: not row.name.needs_officer, "codes that were not known do not hold any more"),
    removed=row(lambda row: row.name.needs_officer, "such codes have no class of their own any more"),
)
class PrefixClass(Row):
    """The class that an administration gives to all codes of its own that begin alike and have no class of their own."""

    name: Annotated[DocumentClass, LooseningDirection(_needs_no_officer, _UNVERIFIED)]
    prefixes: Codes
    legal_basis: Annotated[str, NEUTRAL]


@row_kind("listed_code", "code_lists.toml", key="code_list entries", may_pause=True, later=True)
class ListedCodes(Row):
    """Codes that one of the Union's code lists names, from their earliest sighting until the export that lacks them."""

    code_list: str
    """Its number, as CL213."""
    entries: Codes
    element: Annotated[Element | None, NEUTRAL] = None
    """The data element whose codes the list names; None: it is no list of document codes."""


@row_kind(
    "code_element",
    "document_elements.toml",
    key="beginnings",
    later=True,
    removed=always("nothing says any more in which data elements the code may stand"),
)
class CodeElements(Row):
    """The data elements in which document codes may stand. A code without such a row may stand in any."""

    beginnings: Codes
    """Codes, whole or by how they begin; of several that fit the longest counts."""
    elements: Annotated[tuple[Element, ...], more("the code may stand in further data elements")]


@row_kind(
    "undivided",
    "document_elements.toml",
    key="formats",
    later=True,
    added=always("in this format a code in the wrong data element is no finding"),
)
class UndividedElements(Row):
    """Data elements that formats do not tell apart: a code that may stand in one of them may stand in each."""

    formats: Codes
    elements: Annotated[tuple[Element, ...], more("the format does not tell further data elements apart")]


@row_kind("old_code", "documents.toml", key="type", removed=always("a code that was replaced is taken like any other"))
class OldCode(Row):
    """A document code that was replaced."""

    type: str
    """The code that is not used any more."""
    instead: Annotated[Codes, NEUTRAL]
    """The codes that took its place."""


@row_kind(
    "foreign_form",
    "documents.toml",
    key="types form",
    removed=always("a foreign reference is not recognised as one any more"),
)
class ForeignForm(Row):
    """References that another administration's system gives out."""

    types: Codes
    """Codes of documents under which such a reference may be cited."""
    form: str
    """Regular expression over the whole reference in upper case."""
    whose: Annotated[str, NEUTRAL]
    """As in a sentence: `the British system IPAFFS`."""


@row_kind(
    "mark", "documents.toml", key="types", removed=always("a mark of market surveillance does not count any more")
)
class Mark(Row):
    """Codes with which market surveillance marks goods that must not be released."""

    types: Codes
    """The codes of the mark."""
    directions: Annotated[tuple[Direction, ...], fewer("the mark of market surveillance counts in fewer directions")]
    """The movements of goods for which it counts."""
    refused: Annotated[Codes, fewer("marked goods are only held under further procedures")] = ()
    """Requested procedures under which marked goods are refused; under every other they are held."""


@row_kind(
    "dataset", "documents.toml", key="dataset", removed=always("a dataset that cannot carry such a document is taken")
)
class SimplifiedDataset(Row):
    """A column of Annex B that cannot carry a supporting document which an authority is asked about."""

    dataset: str
    """The column, as `H7`."""
    instead: Annotated[str, NEUTRAL]
    """The column that can carry one."""
