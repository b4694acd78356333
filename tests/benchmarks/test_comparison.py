"""`make bench CELLS=...`: which cells are meant, what is kept of a run and shown, and how calls arrive. No peer runs here."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import count, pairwise
from pathlib import Path

import pytest
from lxml import etree

from tests.benchmarks import performance_page, plot
from tests.benchmarks.cells import CELLS, DEFAULT, MILLION, Cell, Way, chosen
from tests.benchmarks.checkout import NotComparable
from tests.benchmarks.figures import KEPT, Figures, Results, Turn, of_turns
from tests.benchmarks.load import Call, arrive
from tests.benchmarks.peer_processes import PEERS, table

SAID = b'{"id":"1","decision":{"effect":"release"}}'


def test_each_cell_is_chosen_by_its_name() -> None:
    assert len({cell.name for cell in CELLS}) == len(CELLS)
    assert [chosen(cell.name) for cell in CELLS] == [[cell] for cell in CELLS]
    assert {cell.name for cell in chosen("default")} == set(DEFAULT)
    assert len(chosen("all")) == len(CELLS)


def test_what_is_installed_alike_stands_together() -> None:
    installed = [(cell.processes, cell.stored) for cell in chosen("all")]
    changes = sum(one != other for one, other in pairwise(installed))
    assert changes == len(set(installed)) - 1


def test_a_cell_with_other_processes_or_another_number_stored_is_named_alike() -> None:
    (cell,) = chosen("closed-3d-10i-4p-2m")
    assert (cell.way, cell.items, cell.processes, cell.stored) == (Way.CLOSED, 10, 4, 2 * MILLION)
    assert cell.name == "closed-3d-10i-4p-2m"


@pytest.mark.parametrize("text", ["closed-9d-10i-2p-0", "closed-3d-10i-0p-0", "nothing", "idle-2p-0,nothing", "2p-0"])
def test_a_cell_that_there_is_not_is_refused_with_those_that_there_are(text: str) -> None:
    with pytest.raises(NotComparable, match=r"no cell is called .*; there are:\n  closed-3d-10i-2p-0\n"):
        chosen(text)


def test_one_document_is_cited_by_every_item_and_three_in_turn() -> None:
    for documents in (1, 3):
        body = Cell(way=Way.CLOSED, documents=documents, items=12).body(7, "")
        cited = [one.findtext("{*}referenceNumber") for one in etree.fromstring(body).iter("{*}SupportingDocument")]
        assert len(cited) == 12
        assert len(set(cited)) == documents


def test_figures_are_medians_and_come_back_as_they_were_kept(tmp_path: Path) -> None:
    turns = [Turn(declarations=10, figures={"per_second": rate, "own_ms": 1.0}) for rate in (9.0, 1.0, 2.0)]
    one = of_turns("closed-3d-10i-2p-0", "gateway", "now", turns, more={"lost": 1.0})
    assert (one.per_second, one.declarations, one.turns, one.p99_ms, list(one.rates)) == (
        2.0,
        30,
        3,
        None,
        [9.0, 1.0, 2.0],
    )
    failed = Figures(cell="hot-3d-10i-2p-0", participant="python", run="now", failed="statuses {500: 1}")
    results = Results(runs={"now": {"day": "2026-11-27"}, "before": {}})
    for figures in (one, failed):
        results.take(figures)
    results.write(tmp_path / "figures.json")
    read = Results.read(tmp_path / "figures.json")
    assert read.runs == {"now": {"day": "2026-11-27"}}
    assert read.figures == results.figures


def test_what_was_not_measured_or_failed_says_so() -> None:
    failed = Figures(cell="hot-3d-10i-2p-0", participant="python", run="now", failed="statuses {500: 1}")
    assert performance_page.row(failed)[-1] == "not as it should: statuses {500: 1}"
    shown = performance_page.cells_table(Results()).splitlines()[2:]
    assert all(line.endswith("| not measured |") for line in shown)
    assert len(shown) == sum(cell.way is not Way.IDLE for cell in CELLS) * len(performance_page.PARTICIPANTS)


def test_the_plot_is_of_the_figures_that_are_kept() -> None:
    kept = plot.PLOT.read_text(encoding="utf-8")
    assert kept.endswith(f"<!-- of figures {plot.digest()} -->\n"), "write it anew: python -m tests.benchmarks.plot"
    assert b"<script" not in etree.tostring(etree.fromstring(kept.encode()))


def test_every_figure_names_a_cell_and_a_run() -> None:
    results = Results.read(KEPT)
    for one in results.figures.values():
        assert [cell.name for cell in chosen(one.cell)] == [one.cell]
        assert one.run in results.runs


def test_peers_ask_whom_the_gateway_asks() -> None:
    asked = {row["type"]: row["adapter"] for row in table()}
    assert (asked["N853"], asked["C673"]) == ("traces", "catch")


def test_what_peers_need_is_pinned() -> None:
    package = json.loads((PEERS / "node/package.json").read_text(encoding="utf-8"))
    locked = json.loads((PEERS / "node/package-lock.json").read_text(encoding="utf-8"))["packages"]
    for name, version in package["dependencies"].items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in one for path, one in locked.items() if path)
    assert "aiohttp==" in (PEERS / "bare_python.lock").read_text(encoding="utf-8")


@asynccontextmanager
async def answering(said: bytes) -> AsyncIterator[str]:
    """A server that answers each call so, or hangs up."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(EOFError):
            while said or not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
                if said:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(said), said))
                else:
                    writer.close()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def arrived(*urls: str) -> dict[int, int]:
    calls = (Call(body=b"%d" % number) for number in count())
    answered = await arrive(urls, calls, per_second=1_000, total=6, wait_s=1)
    return dict(answered.statuses)


async def test_calls_go_to_who_takes_connections() -> None:
    async with answering(SAID) as gone:
        pass
    async with answering(SAID) as there:
        assert await arrived(gone, there) == {200: 6}


async def test_what_is_not_answered_is_counted() -> None:
    async with answering(SAID) as there, answering(b"") as dying:
        assert await arrived(there, dying) == {200: 3, 0: 3}


async def test_nobody_there_is_no_answer() -> None:
    async with answering(SAID) as gone:
        pass
    assert await arrived(gone) == {0: 6}
