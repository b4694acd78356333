"""Evidence as an older gateway stored it, which is read as before."""

from collections.abc import Collection

import psycopg

from gateway.store.bundles import pieces_of
from gateway.store.compression import compress

BUNDLED = "'sha256:' || encode(d, 'hex')"
"""A digest of a bundle as events have it, in SQL."""


def into_pieces(url: str, ids: Collection[str] | None = None) -> None:
    """Has the evidence of all declarations, or of some, stand piece by piece."""
    with psycopg.connect(url) as connection:
        taken = connection.execute(
            "DELETE FROM evidence_bundle WHERE %(ids)s::uuid[] IS NULL OR declaration_id = ANY (%(ids)s::uuid[])"
            " RETURNING declaration_id, day, body, seq, part",
            {"ids": None if ids is None else list(ids)},
        ).fetchall()
        for record_id, day, body, _, _ in sorted(taken, key=lambda row: (str(row[0]), row[3], row[4])):
            for digest, piece in pieces_of(body).items():
                linked = connection.execute(
                    "INSERT INTO evidence_link (declaration_id, digest, day) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                    [record_id, digest, day],
                )
                if linked.rowcount:
                    connection.execute(
                        "INSERT INTO evidence (day, digest, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                        [day, digest, compress(piece)],
                    )
