"""The reading of what a file's questions and reports say of a declaration, from its file."""

from collections.abc import Collection

from gateway.dispatch.declarative.goods import OF_DECLARATION, PARTIES, PARTY, SaidOfDeclaration
from gateway.dispatch.declarative.request_tables import RequestContext, gap
from gateway.dispatch.declarative.requests import DeclaredRequest
from gateway.dispatch.declarative.sections import Section
from gateway.dispatch.declarative.templates import FIGURE, Template

MAY_LACK = ("origin", "procedure", "line", "quantity", "unit", "amount", "currency")
"""Names of a row of goods for which nothing may be written; a party and a figure are never left out."""
_ALWAYS_DECLARED = "declarant"


def goods_row(asking: RequestContext, section: Section, names: Collection[str]) -> Template | None:
    """Read `line`, the template of one row of goods, and `optional`; None: there is none, or it is a fault."""
    text, optional = section.text("line"), section.words("optional", [name for name in MAY_LACK if name in names])
    if text is None:
        if optional:
            section.fault("optional", "it is of a row of goods, and there is no template `line`")
        return None
    xml = asking.file.language == "xml"
    return gap(
        asking, section, "line", text, "xml" if xml else "json", names, fragment=xml, optional=frozenset(optional)
    )


def said_of_declaration(
    section: Section, requests: Collection[DeclaredRequest], row: Template | None
) -> SaidOfDeclaration:
    """Read `parties`, and gather what the requests of `[verify]` say of a declaration."""
    names = frozenset(name for one in requests for name in _named(one))
    parties = section.words("parties", PARTIES)
    if PARTY in names and "parties" not in section:
        section.fault(None, '{party} is used, and nothing says whose it is: parties = ["importer", "declarant"]')
    if parties and PARTY not in names and requests:
        section.fault("parties", "{party} stands nowhere: take it out")
    if _ALWAYS_DECLARED in parties[:-1]:
        section.fault("parties", "a declarant is always declared, so none of those behind it ever counts")
    if "lines" in names and "line" not in section:
        section.fault(None, "{lines} is used, and there is no template `line`")
    if row is not None and "lines" not in names and requests:
        section.fault("line", "{lines} stands nowhere: take it out")
    return SaidOfDeclaration(names=names, parties=parties, line=row)


def of_declaration_alone(said: SaidOfDeclaration) -> list[str]:
    """Return the names that only a question with a whole declaration behind it knows: the one about a position has none."""
    return sorted(
        name for name in said.names if name in OF_DECLARATION or name.startswith(FIGURE) or name == "accepted_on"
    )


def _named(request: DeclaredRequest) -> frozenset[str]:
    templates = [request.path, *request.headers.values(), *(one.wanted for one in request.same)]
    templates += [one.wanted for row in request.not_found for one in row.same]
    templates += [request.body] if request.body is not None else []
    return frozenset[str]().union(*(one.names for one in templates))
