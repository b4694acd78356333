"""The directions of loosening of the rows about documents of single formalities."""

from collections.abc import Mapping

from gateway.domain.laxer import NEUTRAL, KindDirections, always, changed, fewer, fewer_of_all, larger, row

FORMALITIES: Mapping[str, KindDirections] = {
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
