"""Rows for certificates that measures name and no table of the gateway knows, where a [[certificate]] row says what they are."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from gateway.contract import Direction
from gateway.domain.tables.rows import Codes, DocumentRoute, Statement
from gateway.domain.tables.taric import CheckContent
from gateway.settings.taric.interpretation import AskedByTaric
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


def certificate_rows(asked: Iterable[AskedByTaric], known: Collection[str], meanings: CodeMeanings) -> CertificateRows:
    """Make rows for certificates that are not `known`, each for the directions and days of the measures that admit it."""
    used: dict[str, list[tuple[AskedByTaric, Codes]]] = defaultdict(list)
    for one in asked:
        groups = (one.content.documents,) if isinstance(one.content, CheckContent) else one.content.all_of
        for group in groups:
            for kind in group:
                if kind not in known and meanings.certificate(kind) is not None:
                    used[kind].append((one, group))
    routes, statements = [], []
    for kind, places in sorted(used.items()):
        named = meanings.certificate(kind)
        assert named is not None
        ways = tuple(way for way in Direction if any(way in one.content.directions for one, _ in places))
        first = min(min(one.valid_from for one, _ in places), named.valid_from)
        if named.authority:
            bases = sorted({basis for one, _ in places for basis in one.legal_bases})
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
                other
                for _, group in places
                for other in group
                if (other in known or meanings.certificate(other) is not None) and not _is_statement(other, meanings)
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
