"""The evidence of a commit is one bundle: whatever is read of it is that of its digest, or a fault."""

import random
from datetime import date

import psycopg
import pytest

from gateway.domain.actor import GATEWAY
from gateway.domain.errors import EvidenceChanged
from gateway.store import Store
from gateway.store.bundles import MOST_BYTES, bundles, pieces_of
from gateway.store.stored_evidence import pack, read_all, read_evidence, unpacked
from tests.builders.evidence import into_pieces
from tests.builders.lodging import NOW, SET, decided, declaration, evidence, new

PIECES = tuple(evidence(body) for body in (b"", b"one", b"a request " * 40, bytes(range(256)) * 4))


def test_every_piece_is_found_in_its_bundle_once() -> None:
    (made,) = bundles((*PIECES, *PIECES))
    assert pieces_of(made.body) == {one.digest: one.body for one in PIECES}
    assert [f"sha256:{digest.hex()}" for digest in made.digests] == [one.digest for one in PIECES]
    for one in PIECES:
        assert read_evidence(made.body, one.digest) == one.body
    assert unpacked(made.body, evidence(b"another").digest) is None


def test_large_evidence_is_cut_so_that_one_piece_does_not_unpack_all_of_it() -> None:
    rng = random.Random(19)
    large = [evidence(rng.randbytes(rng.choice((10, 5_000, 90_000, MOST_BYTES * 2)))) for _ in range(40)]
    made = bundles(large)
    found = [pieces_of(one.body) for one in made]
    assert [digest for one in found for digest in one] == [one.digest for one in large], "all of it, in its order"
    for one in found:
        assert len(one) == 1 or sum(len(body) + 36 for body in one.values()) <= MOST_BYTES
    many = bundles([evidence(b"%d" % number) for number in range(10_000)])
    assert all(len(one.digests) * 36 <= MOST_BYTES for one in many), "small pieces count with their place in the head"


def test_no_bundle_that_was_changed_gives_anything_else() -> None:
    (made,) = bundles(PIECES)
    changed = [made.body[:size] for size in range(len(made.body))]
    for place in range(len(made.body)):
        for bit in (1, 128):
            changed.append(made.body[:place] + bytes((made.body[place] ^ bit,)) + made.body[place + 1 :])
    told = 0
    for body in changed:
        for one in PIECES:
            try:
                assert read_evidence(body, one.digest) == one.body
            except EvidenceChanged:
                told += 1
        assert read_all([(body, [one.digest for one in PIECES])], lenient=True).items() <= {
            (one.digest, one.body) for one in PIECES
        }
    assert told > len(changed)


async def test_a_bundle_whose_piece_is_another_is_a_fault_and_never_read(store: Store, database_url: str) -> None:
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    works = [
        (await store.declarations.receive(new(declaration(f"LRN{number}")), lease=True)).work for number in range(2)
    ]
    ids = []
    for work in works:
        assert work is not None
        await store.leases.decide(work, decided(work))
        ids.append(work.id)
    answer = evidence(b"answer").digest
    with psycopg.connect(database_url) as connection:
        (message,) = connection.execute(
            "SELECT body FROM evidence_bundle WHERE declaration_id = %s AND seq = 1", [ids[1]]
        ).fetchone() or (b"",)
        connection.execute(
            "UPDATE evidence_bundle SET body = %s WHERE declaration_id = %s AND seq > 1", [message, ids[0]]
        )
    with pytest.raises(EvidenceChanged):
        await store.declarations.evidence(ids[0], answer)
    assert await store.declarations.evidence_among(ids[0], [answer]) == {}
    assert await store.declarations.evidence(ids[1], answer) == b"answer"
    assert (await store.audit.verify()).faults == ()
    faults = (await store.audit.verify(evidence=True)).faults
    assert any(fault.startswith(f"{ids[0]}: evidence {answer}: other bytes are stored in bundle") for fault in faults)


async def test_both_forms_of_one_declaration_are_read(store: Store, database_url: str) -> None:
    """As where it was received before `gateway migrate --finish`, and decided after it."""
    await store.table_sets.publish_new(SET, by=GATEWAY, reason="as delivered")
    lodged = new()
    work = (await store.declarations.receive(lodged, lease=True)).work
    assert work is not None
    into_pieces(database_url)
    await store.leases.decide(work, decided(work))
    answer = evidence(b"answer")
    assert await store.declarations.evidence(lodged.id, lodged.raw.digest) == lodged.raw.body
    assert await store.declarations.message(lodged.id, 1) == lodged.raw.body
    both = {lodged.raw.digest: lodged.raw.body, answer.digest: answer.body}
    assert await store.declarations.evidence_among(lodged.id, both) == both
    whole = await store.exports.whole_case(lodged.id)
    assert whole is not None
    assert whole.evidence == both
    assert [row["digest"] for row in whole.rows["evidence_link"]] == sorted(both)
    report = await store.audit.verify(evidence=True)
    assert (report.faults, report.evidence) == ((), 2)


async def test_evidence_that_no_event_tells_of_is_not_kept() -> None:
    assert (await pack(PIECES)).told_by(None) == ()


async def test_a_bundle_stands_under_the_day_of_its_event(store: Store, database_url: str) -> None:
    work = (await store.declarations.receive(new(), lease=True)).work
    assert work is not None
    await store.leases.decide(work, decided(work))
    with psycopg.connect(database_url) as connection:
        days = connection.execute("SELECT DISTINCT day FROM evidence_bundle").fetchall()
    assert days == [(date(NOW.year, NOW.month, NOW.day),)]
