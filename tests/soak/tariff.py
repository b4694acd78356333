"""A full extraction of any size goes through the loader in bounded memory: `python -m tests.soak.tariff`, GIGABYTES and KEPT from the environment.

Most of its records are of duties and descriptions, as in TARIC; every hundredth measure restricts.
"""

import os
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.progress import Progress

from gateway.settings.taric import Extraction, load_files
from gateway.settings.taric.records import Update
from gateway.settings.taric.xml import ENVELOPE, MESSAGE
from tests.builders.taric import COUNTRIES, MEANINGS, Record, condition, measure

GIGABYTES = float(os.environ.get("GIGABYTES", "1"))
MOST_MB = 600
"""More memory than this, and something is kept for each record."""
_GIGABYTE = 1_000_000_000


def records() -> Iterator[Record]:
    """Gives records without end: a duty with a component and a footnote for each goods code, and some restrictions."""
    sid = 0
    while True:
        sid += 1
        goods = f"{1 + sid % 97:02}{sid % 10**6:06}00"
        if sid % 100:
            yield measure(sid, "103", goods)
            yield "measure.component", {"measure.sid": sid, "duty.expression.id": "01", "duty.amount": "3.5"}
            yield "footnote.association.measure", {"measure.sid": sid, "footnote.type.id": "TN", "footnote.id": "701"}
        else:
            yield measure(sid, "410", goods)
            yield condition(10 * sid, sid, "B", "N853")
            yield condition(10 * sid + 1, sid, "B", "", "09")


def write(path: Path, size: int) -> int:
    """Writes an envelope of so many bytes; gives how many records it holds."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        written = file.write(
            f'<env:envelope xmlns:env="{ENVELOPE}" xmlns="{MESSAGE}" id="260001"><env:transaction id="1">'
        )
        for kind, values in records():
            count += 1
            body = "".join(f"<{name}>{value}</{name}>" for name, value in values.items())
            written += file.write(
                f'<env:app.message id="{count}"><transmission><record><transaction.id>1</transaction.id>'
                f"<record.code>430</record.code><subrecord.code>00</subrecord.code><record.sequence.number>1"
                f"</record.sequence.number><update.type>{Update.INSERT.value}</update.type><{kind}>{body}</{kind}>"
                "</record></transmission></env:app.message>\n"
            )
            if written >= size:
                break
        file.write("</env:transaction></env:envelope>\n")
    return count


def main() -> None:
    """Writes the file, loads it and prints the figures; ends with an error where memory grew with the file."""
    console = Console(highlight=False)
    with tempfile.TemporaryDirectory() as home, Progress(console=console) as progress:
        file = Path(home) / "full.xml"
        count = write(file, int(GIGABYTES * _GIGABYTE))
        task = progress.add_task("loading", total=file.stat().st_size)
        extraction = Extraction(Path(home) / "records.sqlite")
        began, processor = time.perf_counter(), time.process_time()
        found = load_files(
            extraction, [file], MEANINGS, countries=COUNTRIES, since=None, as_of=date(2026, 11, 1), update=False,
            progress=lambda name, records, read: progress.update(task, completed=read),
        )  # fmt: skip
        extraction.close()
        seconds, processor = time.perf_counter() - began, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    console.print(
        f"{count:,} records of {GIGABYTES} GB in {seconds:.0f} s ({count / seconds:,.0f} a second, {count / processor:,.0f} a "
        f"processor second): {found.manifest.coverage.measures:,} measures, {peak:.0f} MB at most"
    )
    if peak > MOST_MB:
        raise SystemExit(f"more than {MOST_MB} MB")


if __name__ == "__main__":
    main()
