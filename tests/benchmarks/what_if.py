"""What-if over stored decisions: `python -m tests.benchmarks.what_if [COUNT]`; a row of `make bench`, too."""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from msgspec import structs
from rich.console import Console
from rich.table import Table

from gateway.contract import Certificate, CertificateLine, Ledger, LedgerLine, Quantity
from gateway.decisions import Case, Judgement
from gateway.domain.declaration import Declaration, Direction, GoodsItem, Kind, SupportingDocument
from gateway.domain.facts import Facts
from gateway.domain.mrn import with_check_character
from gateway.domain.tables.in_force import Tables
from gateway.domain.verification import DocumentStatus, Verification
from gateway.embedded.server import EmbeddedServer
from gateway.routing import plan
from gateway.settings import load as load_settings
from gateway.settings.tables import load_tables
from gateway.store import Store, migrate
from tests.builders.deciding import store_decision
from tests.builders.running import clean_environment
from tests.builders.story import reserved

DAY = date(2026, 11, 2)
COUNT = 10_000
LARGE = 20
"""One declaration of so many has 100 items under 20 documents; the others have 10 items under 3."""
EXCEEDING = 7
"""One of so many takes 3 percent more than is left."""
AT_ONCE = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A run of the command."""

    seconds: float
    decisions: int
    changed: int


def case(number: int, tables: Tables) -> Case:
    """The case of a number: milk under health entry documents, all that can be reserved is."""
    items, documents = (100, 20) if number % LARGE == 0 else (10, 3)
    taken = 120 * -(-items // documents)
    left = Decimal(taken) / Decimal("1.03") if number % EXCEEDING == 0 else Decimal(taken * 4)
    references = [f"CHEDP.XX.2026.{number:05d}{document:02d}" for document in range(documents)]
    declaration = Declaration(
        lrn=f"{number}",
        declarant="FR1",
        importer="FR12345678901234",
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        mrn=with_check_character(f"26FR{number:013d}"),
        customs_office="FR001260",
        country_of_dispatch="NO",
        country_of_destination="FR",
        items=tuple(
            GoodsItem(
                number=item,
                commodity_code="04012019",
                description="Whole milk",
                requested_procedure="40",
                previous_procedure="00",
                origin="NO",
                net_mass=Decimal(120),
                documents=(SupportingDocument(type="N853", reference=references[item % documents]),),
            )
            for item in range(1, items + 1)
        ),
    )
    planned = plan(declaration, tables, on=DAY, mrn=declaration.mrn)
    made = Case(
        declaration=declaration,
        plan=planned,
        tables=tables,
        on=DAY,
        accepted=True,
        facts=Facts(verifications=tuple(_confirmed(reference, left) for reference in references)),
    )
    movements = tuple(own_position.last for own_position in reserved(Judgement(made)))
    return replace(made, facts=structs.replace(made.facts, movements=movements))


def _confirmed(reference: str, left: Decimal) -> Verification:
    return Verification(
        type="N853",
        reference=reference,
        status=DocumentStatus.VALID,
        adapter="traces",
        asked_at=datetime(2026, 11, 2, 9, tzinfo=UTC),
        evidence=("sha256:" + "0" * 64, "sha256:" + "1" * 64),
        message_ids=("a" * 36,),
        attempts=1,
        certificate=Certificate(
            type="N853",
            reference=reference,
            authority_status="70",
            decision="ACCEPTABLE_FOR_INTERNAL_MARKET",
            lines=(CertificateLine(number=1, commodity_code="0401", quantity=Quantity(value=left, unit="KGM")),),
        ),
        ledger=Ledger(lines=(LedgerLine(number=1, available=Quantity(value=left, unit="KGM")),)),
    )


async def stored(url: str, count: int, tables: Tables) -> None:
    """Stores so many decisions, spread over the days of a month."""
    room = asyncio.Semaphore(AT_ONCE)
    store = await Store.open(url, owner="bench", pool_size=AT_ONCE)

    async def one(number: int) -> None:
        made = case(number, tables)
        await store_decision(store, made, made.facts.movements, name=f"{number}", later=timedelta(hours=number % 600))

    async def within(number: int) -> None:
        async with room:
            await one(number)

    try:
        await asyncio.gather(*(within(number) for number in range(count)))
    finally:
        await store.close()


def measure(url: str, *options: str) -> Measured:
    """Runs `gateway replay --since` on a database."""
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "gateway.cli", "replay", "--since=2026-01-01", "--json", *options],
        env={**clean_environment(), "GATEWAY_DATABASE_URL": url}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode not in {0, 1}:
        raise SystemExit(done.stderr)
    told = json.loads(done.stdout)
    return Measured(seconds=time.perf_counter() - began, decisions=told["decisions"], changed=told["changed"]["count"])


def other_tables(folder: Path) -> Path:
    """Gives a folder of tables in which TRACES has a tolerance of 5 percent."""
    folder.mkdir()
    row = '[[tolerance]]\nadapter = "traces"\npercent = "5"\nvalid_from = 2019-12-14\nsource = "bench"\n'
    (folder / "decisions.toml").write_text(row, encoding="utf-8")
    return folder


def rows(table: Table, url: str, count: int = COUNT) -> None:
    """Stores decisions in a migrated database and measures what-if over them."""
    began = time.perf_counter()
    asyncio.run(stored(url, count, load_tables(load_settings({}).folder)))
    table.add_row(f"{count:,} decisions stored", f"{time.perf_counter() - began:.1f} s", "")
    with tempfile.TemporaryDirectory(prefix="gateway-tables-") as name:
        other = other_tables(Path(name) / "tables")
        for what, options in (
            ("replay of all, 2 processes", ("--processes=2",)),
            ("what if TRACES had a tolerance of 5 %", ("--processes=2", f"--rules={other}")),
            ("... in one process", ("--processes=1", f"--rules={other}")),
            ("what if the shadow rules had counted", ("--shadow",)),
        ):
            one = measure(url, *options)
            if one.decisions < count:
                raise SystemExit(f"not what is measured: {one}")
            per_second = one.decisions / one.seconds
            found = f"{one.seconds:.1f} s, {per_second:.0f}/s, {one.changed:,} changed"
            table.add_row(what, found, "< 60 s" if what.startswith("what if TRACES") else "")


def main(count: int) -> None:
    """Measures on a database of its own and prints."""
    table = Table(
        "what", "figure", "wanted", title=f"What-if, {os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}"
    )
    with tempfile.TemporaryDirectory(prefix="gateway-bench-", ignore_cleanup_errors=True) as name:
        Path(name).chmod(0o755)
        server = EmbeddedServer.start(Path(name) / "data", remove=True)
        try:
            asyncio.run(migrate(server.url))
            rows(table, server.url, count)
        finally:
            server.stop()
    Console().print(table)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COUNT)
