"""Rows for certificates that measures name and no table of the gateway knows, where a [[certificate]] row says what they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes, DocumentRoute, Statement
from gateway.domain.tables.taric import CheckContent, MeasureContent
from gateway.settings.taric.vocabulary import CodeMeanings


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRows:
    """Rows of table 2 for certificates."""

    routes: tuple[DocumentRoute, ...] = ()
    statements: tuple[Statement, ...] = ()

    @property
    def types(self) -> Codes:
        """The codes of them all."""
        documents = tuple(kind for row in self.routes for kind in row.types)
        return documents + tuple(kind for row in self.statements for kind in row.types)


def certificate_rows(
    contents: Iterable[tuple[MeasureContent | CheckContent, date]], known: Collection[str], meanings: CodeMeanings
) -> CertificateRows:
    """Make rows for certificates that are not `known`, each for the directions and days of the measures that admit it."""
    used: dict[str, list[tuple[MeasureContent | CheckContent, date, Codes]]] = defaultdict(list)
    for content, begins in contents:
        groups = (content.documents,) if isinstance(content, CheckContent) else content.all_of
        for group in groups:
            for kind in group:
                if kind not in known and meanings.certificate(kind) is not None:
                    used[kind].append((content, begins, group))
    routes, statements = [], []
    for kind, places in sorted(used.items()):
        named = meanings.certificate(kind)
        assert named is not None
        ways = tuple(one for one in Direction if any(one in content.directions for content, _, _ in places))
        first = min(min(begins for _, begins, _ in places), named.valid_from)
        if named.authority:
            bases = sorted({content.legal_basis for content, _, _ in places})
            routes.append(
                DocumentRoute(
                    types=(kind,),
                    authority=named.authority,
                    directions=ways,
                    legal_basis="; ".join(bases[:3]),
                    valid_from=first,
                    source=named.source,
                )
            )
        else:
            waived = {
                one
                for _, _, group in places
                for one in group
                if (one in known or meanings.certificate(one) is not None) and not _is_statement(one, meanings)
            }
            statements.append(
                Statement(
                    types=(kind,),
                    waives=tuple(sorted(waived)),
                    directions=ways,
                    self_declared=named.self_declared,
                    valid_from=first,
                    source=named.source,
                )
            )
    return CertificateRows(routes=tuple(routes), statements=tuple(statements))


def _is_statement(kind: str, meanings: CodeMeanings) -> bool:
    row = meanings.certificate(kind)
    return not row.authority if row is not None else kind.startswith("Y")
