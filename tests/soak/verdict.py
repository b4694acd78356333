"""What has to be true in the end, of every declaration and of every certificate."""

import subprocess
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import httpx
import psycopg
from psycopg.rows import dict_row

from gateway.decisions.rules.reservations import STILL_OUT
from gateway.domain.codec import decode
from gateway.domain.decision import Decision, Effect, NumberedDecision
from gateway.domain.obstacles import effects_on
from gateway.domain.release import Released
from tests.builders.agreement import Account, Held, Ledger, differences, standings_of, told_here, told_there, unbalanced
from tests.builders.declarations import Goods
from tests.builders.running import Authorities, clean_environment
from tests.soak.disturbances import FLOOD
from tests.soak.lives import EMPTIED, UNKNOWN, Life

TONNES = "TCE"
"""In which accounts are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unrest:
    """What is still to be done."""

    due: int
    """Declarations that somebody has to work on, or does."""
    movements: int
    """Movements of which it is not known what became of them."""
    steps: int
    looks: int
    clocks: int
    """Suspensions whose clock has run out, and words of authorities of which nobody knows yet what becomes of them."""
    named: tuple[str, ...] = ()
    """Some of the declarations of which something is to be done, each with the seconds until its look and its last decision's findings."""

    @property
    def any(self) -> bool:
        return bool(self.due or self.movements or self.steps or self.looks or self.clocks)


_LOOKS = """look_due_at < now() + interval '1 hour' AND 'refuse' IS DISTINCT FROM (
    SELECT c.body::jsonb -> 'decision' ->> 'effect' FROM decision c WHERE c.declaration_id = d.id AND c.number = d.decision_count
)"""


def unrest(url: str) -> Unrest:
    """Counts what is still to be done."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM declaration WHERE due_at IS NOT NULL OR lease_owner IS NOT NULL),"
            " (SELECT count(*) FROM movement WHERE state IN ('planned', 'in_doubt')),"
            " (SELECT count(*) FROM step WHERE kind IS NOT NULL AND outcome IS NULL),"
            # A confirmed document's daily look is no unrest: pauses of what is open are seconds here. What is refused is asked about
            # again at pauses, for as long as it is.
            f" (SELECT count(*) FROM declaration d WHERE {_LOOKS}),"
            " (SELECT count(*) FROM suspension WHERE due_at < now() + interval '10 minutes')"
            " + (SELECT count(*) FROM pushed_event WHERE result IN ('received', 'waiting'))"
        ).fetchone()
        some = connection.execute(
            "SELECT lrn || ' ' || coalesce(round(extract(epoch FROM look_due_at - now()))::text, '') || ' ' || coalesce((SELECT string_agg(DISTINCT f ->> 'code', ' ')"
            "   FROM decision c, jsonb_array_elements(c.body::jsonb -> 'decision' -> 'findings') AS f"
            "   WHERE c.declaration_id = d.id AND c.number = d.decision_count), '')"
            f" FROM declaration d WHERE due_at IS NOT NULL OR ({_LOOKS}) ORDER BY number LIMIT 5"
        ).fetchall()
    assert found is not None
    due, movements, steps, looks, clocks = found
    return Unrest(
        due=due, movements=movements, steps=steps, looks=looks, clocks=clocks, named=tuple(one for (one,) in some)
    )


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was found."""

    faults: list[str] = field(default_factory=list)
    figures: Counter[str] = field(default_factory=Counter)


def judge(lives: Collection[Life], url: str, simulated: Authorities) -> Verdict:
    """Checks every declaration that a gateway has taken, every certificate that one cites, and the trail."""
    verdict = Verdict()
    ledgers = _ledgers(lives, simulated)
    verdict.figures["certificates"] = len(ledgers)
    for ledger in ledgers:
        verdict.faults += unbalanced(ledger)
    there = told_there(ledgers)
    here = told_here([standing for _, standing in standings_of(url)])
    verdict.faults += differences(here, there)
    accounts = [one for one in ledgers if keeper_of(one["reference"]) == "fgas"]
    verdict.figures["accounts"] = len(accounts)
    for one in accounts:
        verdict.figures["taken of accounts by declarations"] += len({part["value"] for part in one["allocations"]})
        for part in one["allocations"]:
            verdict.figures[f"taken of accounts, {TONNES}, {part['line']}"] += int(Decimal(part["quantity"]))
        if one["reference"] in EMPTIED:
            for line in one["lines"]:
                left = f"left of accounts to be emptied, {TONNES}, {line['line']}"
                verdict.figures[left] += int(Decimal(line["available"]))
    verdict.figures["positions that agree"] = len(here.keys() & there.keys())
    _judge_lives(verdict, lives, url, there)
    verdict.faults += _trail(url)
    return verdict


def _ledgers(lives: Collection[Life], simulated: Authorities) -> list[Ledger]:
    every = {one.reference for life in lives for goods in life.versions for one in goods}
    cited = sorted(one for one in every if not one.startswith(UNKNOWN))
    with httpx.Client(trust_env=False, timeout=60) as http:
        found = []
        for reference in cited:
            answer = http.get(
                f"{simulated.urls[keeper_of(reference)]}/_simulator/ledger/{reference}"
            ).raise_for_status()
            found.append(answer.json())
    return found


def keeper_of(reference: str) -> str:
    """The authority that keeps the ledger of a document."""
    return {"CATC": "catch", "FG.X": "fgas"}.get(reference[:4], "traces")


def _in_all_years(parts: frozenset[Held]) -> frozenset[Held]:
    """What goods items took of an account, of whatever year; parts of a certificate as they are."""
    taken: dict[int, Decimal] = {}
    for one in parts:
        if one.unit == TONNES:
            taken[one.goods_item] = taken.get(one.goods_item, Decimal(0)) + one.quantity
    return frozenset(one for one in parts if one.unit != TONNES) | {
        Held("consumed", item, 1, quantity, TONNES) for item, quantity in taken.items()
    }


def _judge_lives(verdict: Verdict, lives: Collection[Life], url: str, there: Account) -> None:
    by_mrn: dict[str, dict[str, frozenset[Held]]] = {}
    for (reference, mrn), parts in there.items():
        by_mrn.setdefault(mrn, {})[reference] = _in_all_years(parts)
    rows, written_off = _rows(url), _written_off(url)
    verdict.figures["taken of the flood"] = sum(row["lrn"].startswith(FLOOD) for row in rows.values())
    rows = {record_id: row for record_id, row in rows.items() if not row["lrn"].startswith(FLOOD)}
    for life in lives:
        row = rows.pop(life.record_id, None)
        if row is None:
            verdict.faults.append(f"{life.lrn} {life.record_id}: lost")
            continue
        verdict.figures[row["state"]] += 1
        found = by_mrn.pop(life.mrn, {})
        there_once = written_off.get(life.record_id, frozenset())
        wrong = _wrong(verdict, life, row, found, there_once)
        verdict.faults += [f"{life.lrn} ({life.path}): {fault}" for fault in wrong]
    verdict.faults += [f"{row['lrn']}: nobody was told that it was taken" for row in rows.values()]
    verdict.faults += [f"{mrn}: an authority holds {parts} for nobody" for mrn, parts in by_mrn.items()]


def _rows(url: str) -> dict[str, dict[str, Any]]:
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        found = connection.execute(
            "SELECT d.id::text AS id, d.lrn, d.mrn, d.current_version, d.released, d.decision_count, v.state, c.body AS decision,"
            " (SELECT count(*) FROM event e WHERE e.declaration_id = d.id AND e.kind = 'declaration.decided') AS told"
            " FROM declaration d JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version"
            " LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number"
        )
        return {row["id"]: row for row in found}


def _written_off(url: str) -> Mapping[str, frozenset[str]]:
    """The certificates that each declaration has ever written off."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(
            "SELECT declaration_id::text, array_agg(DISTINCT reference) FROM movement"
            " WHERE kind IN ('write_off', 'amend') AND state = 'done' GROUP BY declaration_id"
        )
        return {record_id: frozenset(references) for record_id, references in found}


def _wrong(
    verdict: Verdict,
    life: Life,
    row: Mapping[str, Any],
    found: Mapping[str, frozenset[Held]],
    there_once: Collection[str],
) -> Iterator[str]:
    """Says what is not as it has to be with one declaration."""
    yield from _wrong_in_row(life, row)
    if life.invalidated:
        if found:
            yield f"invalidated, and holds {found}"
        return
    yield from _wrong_quantities(verdict, life, row, found, there_once)


def _wrong_in_row(life: Life, row: Mapping[str, Any]) -> Iterator[str]:
    if row["lrn"] != life.lrn or row["current_version"] != len(life.versions):
        yield f"{row['lrn']} in version {row['current_version']} instead of {len(life.versions)}"
    if life.accepted and row["mrn"] != life.mrn:
        yield f"its MRN is {row['mrn']}"
    if row["told"] != row["decision_count"]:
        yield f"{row['told']} decisions told, {row['decision_count']} made"
    if life.invalidated != (row["state"] == "invalidated"):
        yield f"invalidation taken: {life.invalidated}, but it is {row['state']}"


def _wrong_quantities(
    verdict: Verdict,
    life: Life,
    row: Mapping[str, Any],
    found: Mapping[str, frozenset[Held]],
    there_once: Collection[str],
) -> Iterator[str]:
    decision = decode(row["decision"], NumberedDecision).decision if row["decision"] else None
    released = decode(row["released"], Released) if row["released"] else None
    if decision is None:
        yield "it was never decided"
    elif released is not None:
        verdict.figures["released whole" if released.whole else "released in part"] += 1
        refused = _refused(decision)
        if any(one.cancelled and _share(one, released) for one in life.versions[-1]):
            yield "goods of a refused item are out"
        expected = _expected(life.versions[-1], released, refused)
        stays = _stays(life, released, there_once)
        verdict.figures["certificates of goods that are out and not replaced"] += len(stays)
        expected |= stays
        if stays and decision.effect is Effect.RELEASE:
            yield f"nothing stands in place of {sorted(stays)}, and it is not held"
        if dict(found) != expected and not _is_left(life, decision, found):
            yield f"released, and the authority has {dict(found)} instead of {expected}; found: {_told(decision)}"
    elif any(part.state == "consumed" for parts in found.values() for part in parts):
        yield f"not released, and the authority has written off {dict(found)}"
    elif decision.effect is Effect.RELEASE and life.accepted:
        verdict.figures["reserved, not released"] += 1
        expected = _expected(life.versions[-1], None)
        if dict(found) != expected:
            yield f"fit for release, and the authority has {dict(found)} instead of {expected}"
    else:
        verdict.figures[f"not released: {decision.effect}"] += 1
        yield from _wrong_items(life, decision, found)


def _is_left(life: Life, decision: Decision, found: Mapping[str, frozenset[Held]]) -> bool:
    """Whether a certificate is left as it was released on, which officers are told: something beside it is refused."""
    out = {part.goods_item for parts in found.values() for part in parts if part.state == "consumed"}
    return (
        STILL_OUT in _told(decision)
        and bool(_refused(decision))
        and not out & _refused(decision)
        and len(life.versions) > 1
    )


def _told(decision: Decision) -> frozenset[str]:
    return frozenset(finding.code for finding in decision.findings)


def _wrong_items(life: Life, decision: Decision, found: Mapping[str, frozenset[Held]]) -> Iterator[str]:
    """Says what certificates do not hold of the goods items that may go alone, or hold of those that are refused."""
    effects, last = effects_on(decision), life.versions[-1]
    expected = _expected(last, None, _refused(decision)) if life.accepted else {}
    for reference in {one.reference for one in last}:
        of_items = {effects[one.number] for one in last if one.reference == reference}
        if Effect.HOLD not in of_items and found.get(reference) != expected.get(reference):
            yield f"{of_items} alone, and {reference} has {found.get(reference)} instead of {expected.get(reference)}"


def _refused(decision: Decision) -> frozenset[int]:
    return frozenset(number for number, effect in effects_on(decision).items() if effect is Effect.REFUSE)


def _expected(
    goods: Collection[Goods], released: Released | None, refused: Collection[int] = ()
) -> dict[str, frozenset[Held]]:
    """What an authority has to hold: what is released is written off; other documents are reserved, if it takes that, but of no
    refused goods item.
    """
    documents: dict[str, list[Goods]] = {}
    for one in goods:
        if not one.reference.startswith(UNKNOWN) and (one.number not in refused or _share(one, released)):
            documents.setdefault(one.reference, []).append(one)
    expected = {}
    for reference, cited in documents.items():
        consumed = [(one, share) for one in cited if (share := _share(one, released)) > 0]
        if consumed:
            parts = [Held("consumed", one.number, 1, share, TONNES if one.gas else "KGM") for one, share in consumed]
        elif cited[0].fish or cited[0].gas:
            parts = []
        else:
            parts = [Held("reserved", one.number, 1, Decimal(one.net_kg), "KGM") for one in cited]
        if parts:
            expected[reference] = frozenset(parts)
    return expected


def _stays(life: Life, released: Released, there_once: Collection[str]) -> dict[str, frozenset[Held]]:
    """What stays written off though it is not cited any more: of its goods items none is on another certificate that is known."""
    last = life.versions[-1]
    found = {}
    for goods in life.versions[:-1]:
        held = _expected(goods, released)
        for reference in {one.reference for one in goods} & set(there_once) - {one.reference for one in last}:
            items = {one.number for one in goods if one.reference == reference}
            fish = reference.startswith("CATCH")
            instead = {one.number for one in last if one.fish == fish and not one.reference.startswith(UNKNOWN)}
            if not items & instead and reference in held:
                found[reference] = held[reference]
    return found


def _share(goods: Goods, released: Released | None) -> Decimal:
    if released is None:
        return Decimal(0)
    if released.whole:
        return Decimal(goods.net_kg)
    mine = [one for one in released.items if one.goods_item == goods.number]
    if any(one.quantity is None for one in mine):
        return Decimal(goods.net_kg)
    return min(sum((one.quantity or Decimal(0) for one in mine), Decimal(0)), Decimal(goods.net_kg))


def _trail(url: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "audit", "verify"],
        env={**clean_environment(), "GATEWAY_DATABASE_URL": url},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return [] if done.returncode == 0 else [f"the trail: {done.stdout}{done.stderr}"]
