"""The directions of loosening of the rows about documents of single formalities."""

from collections.abc import Mapping

from gateway.domain.tables.formality_rows import HolderMatch
from gateway.settings.tables.laxer import (
    NEUTRAL,
    KindDirections,
    always,
    changed,
    fewer,
    fewer_of_all,
    larger,
    lower,
    more,
    row,
)

FORMALITIES: Mapping[str, KindDirections] = {
    "holders": KindDirections(
        fields={
            "parties": changed("other parties may hold the document"),
            "match": lower((HolderMatch.ANY, HolderMatch.FIRST), "each of the parties may hold the document"),
        },
        added=always("other parties than that of the document's row may hold it"),
        removed=always("the party of the document's row may hold it, or the declarant in its place"),
    ),
    "together": KindDirections(
        fields={
            "procedures": fewer_of_all("the documents go together under fewer procedures"),
            "beside": more("further documents are enough beside it"),
            "fact": changed("other documents go together"),
            "by": changed("other documents go together"),
            "value": changed("other documents go together"),
            "legal_basis": NEUTRAL,
        },
        removed=always("the document does not need another one beside it any more"),
    ),
    "designated_offices": KindDirections(
        fields={"offices": more("further offices may clear such goods"), "legal_basis": NEUTRAL},
        removed=always("every office may clear such goods"),
    ),
    "once": KindDirections(
        fields={
            "statuses": fewer("fewer statuses say that the document has served"),
            "procedures": fewer_of_all("the document serves once under fewer procedures"),
            "by": changed("another fact says for which declaration it served"),
            "legal_basis": NEUTRAL,
        },
        removed=always("the document may serve again"),
    ),
    "deviations": KindDirections(
        fields={
            "up": larger("more may be declared than is certified"),
            "down": larger("less may be declared than is certified"),
            "legal_basis": NEUTRAL,
        },
        added=row(lambda row: row.up > 0, "more may be declared than is certified"),
        removed=always("less may be declared than is certified"),
    ),
}
