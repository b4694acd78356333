"""A wing is built by `docs/wings.md` alone: its files are made in a copy of the tree as they stand there, serve, and are taken away again."""

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import psycopg
import pytest

from tests.builders.databases import Databases
from tests.builders.places import ROOT
from tests.builders.tree import LISTED, Tree
from tests.builders.visitor import demo_person

PAGE = (ROOT / "docs" / "wings.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"^```(\w+)\n(?:# |-- |\{# )((?:gateway|config)/[\w./]+)(?: #\})?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)


class WingedTree(Tree):
    """A copy of the tree to which the wing of the page is added and from which it is taken."""

    @contextmanager
    def winged(self) -> Iterator[Mapping[str, str]]:
        """Add the wing of the page; take it away when the context ends."""
        before = (self.folder / LISTED).read_text(encoding="utf-8")
        files = {path: text for kind, path, text in BLOCK.findall(PAGE) if kind != "diff"}
        (changes,) = (text for kind, path, text in BLOCK.findall(PAGE) if (kind, path) == ("diff", LISTED))
        for path, text in files.items():
            file = self.folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text.lstrip("\n"), encoding="utf-8")
        (self.folder / LISTED).write_text(_changed(before, changes), encoding="utf-8")
        try:
            yield files
        finally:
            for path in files:
                (self.folder / path).unlink()
            shutil.rmtree(self.folder / "gateway/wings/bulletins")
            (self.folder / LISTED).write_text(before, encoding="utf-8")


def _changed(text: str, changes: str) -> str:
    """Return a module after a change: a line beside each that goes, others behind the first import."""
    lines = changes.splitlines()
    gone = [line[1:] for line in lines if line.startswith("-")]
    new = [line[1:] for line in lines if line.startswith("+")]
    imports, others = [one for one in new if "import" in one], [one for one in new if "import" not in one]
    for old, one in zip(gone, others, strict=True):
        assert old in text
        text = text.replace(old, one)
    first = re.search(r"^from .*$", text, re.MULTILINE)
    assert first is not None
    return text[: first.end()] + "".join(f"\n{one}" for one in imports) + text[first.end() :]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> WingedTree:
    return WingedTree(tmp_path_factory.mktemp("tree"))


@pytest.fixture(scope="module")
def bare(tree: WingedTree) -> dict[str, Any]:
    """What the hubs know before."""
    return tree.facts()


@pytest.mark.whole
def test_a_wing_is_known_everywhere_and_nothing_of_it_is_left(tree: WingedTree, bare: dict[str, Any]) -> None:
    with tree.winged() as files:
        assert not [path for path in files if not path.startswith(("gateway/wings/bulletins/", "config/"))]
        winged = tree.facts()
        assert tree.lint() == ""
    assert tree.facts() == bare
    source = (
        file for file in (tree.folder / "gateway").rglob("*.*") if file.is_file() and "__pycache__" not in file.parts
    )
    assert [file for file in source if b"bulletin" in file.read_bytes()] == []

    def added(what: str) -> set[str]:
        assert set(bare[what]) <= set(winged[what])
        return set(winged[what]) - set(bare[what])

    assert winged["description"]["paths"].keys() - bare["description"]["paths"].keys() == {"/v1/bulletins"}
    schemas = [one["description"]["components"]["schemas"].keys() for one in (winged, bare)]
    assert schemas[0] - schemas[1] == {"BulletinBody", "BulletinList"}
    assert "What operators tell all officers." in winged["help"]
    assert "bulletin" not in bare["help"]
    assert added("kinds") == added("rows") == {"bulletin_days"}
    assert winged["digest"] != bare["digest"]
    assert added("files") == {"bulletins.toml"}
    assert added("audit") == added("rights") == {"bulletin"}
    assert added("erases") == {"erase_bulletin_authors"}
    assert added("statements") == {"bulletins", "post_bulletin", "forget_bulletins", "erase_bulletin_authors"}
    assert added("migrations") == {"9001_bulletins.sql"}
    assert added("log events") == {"bulletins_forgotten"}
    assert added("settings") == {"bulletins"}
    assert added("counts") == {"bulletins.at_once"}
    assert {*winged["texts"]["de"]} - {*bare["texts"]["de"]} == {"bulletins"}
    assert added("templates") == {"bulletins/list.html"}
    assert added("menu") == {"bulletins"}
    assert added("jobs") == {"forget_bulletins"}


@pytest.mark.whole
def test_it_serves_and_what_is_left_is_served_without_it(tree: WingedTree, databases: Databases) -> None:
    with databases.one() as url:
        with tree.winged():
            tree.gateway(url, "migrate")
            assert tree.gateway(url, "bulletin", "post", "TRACES is down.", "--kind=outage") == "bulletin 1 is posted\n"
            tree.gateway(url, "bulletin", "post", "Good <b>day</b>.")
            with psycopg.connect(url) as connection:
                lasts = connection.execute("SELECT ends_at - posted_at FROM bulletin ORDER BY number").fetchall()
                assert [one.days for (one,) in lasts] == [2, 30]
                connection.execute("UPDATE bulletin SET posted_at = '2026-01-01'")
            with tree.serving(url) as running:
                items = httpx.get(f"{running.url}/v1/bulletins").json()["items"]
                assert [one["text"] for one in items] == ["Good <b>day</b>.", "TRACES is down."]
                officer = demo_person(running.url)
                page = officer.get("/console/bulletins?lang=de")
                assert (page.status_code, "<title>Mitteilungen" in page.text) == (200, True)
                assert "Good &lt;b&gt;day&lt;/b&gt;." in page.text
                queue = officer.get("/console/queue?lang=fr").text
                assert '<a href="/console/bulletins">Avis aux agents</a>' in queue
            tree.gateway(url, "erase", "beside", "--before=2026-06-01", "--reason=old")
            with psycopg.connect(url) as connection:
                assert connection.execute("SELECT DISTINCT author FROM bulletin").fetchall() == [(None,)]
            assert "0 " in tree.gateway(url, "audit", "verify")
        with tree.serving(url) as running:
            assert httpx.get(f"{running.url}/v1/bulletins").status_code == 404
            officer = demo_person(running.url)
            assert officer.get("/console/bulletins").status_code == 404
            assert "bulletins" not in officer.get("/console/queue").text


VIOLATIONS = {
    "gateway/lifecycle/service.py": ("import gateway.wings.bulletins.kept", "The rooms of the house"),
    "gateway/cli/version.py": ("import gateway.wings.bulletins.kept", "The kernel knows no wing"),
    "gateway/wings/bulletins/kept.py": ("import gateway.wings.webhooks.kept", "No wing knows another"),
    "gateway/wings/bulletins/rows.py": ("import psycopg", "PostgreSQL is spoken only"),
}
"""What is planted where, and the beginning of the name of the rule that it breaks."""


def test_violations_are_found(tree: WingedTree) -> None:
    with tree.winged():
        before = {file: (tree.folder / file).read_text(encoding="utf-8") for file in VIOLATIONS}
        for file, text in before.items():
            (tree.folder / file).write_text(f"{text}\n{VIOLATIONS[file][0]}\n", encoding="utf-8")
        said = tree.lint()
        for file, text in before.items():
            (tree.folder / file).write_text(text, encoding="utf-8")
    for _, rule in VIOLATIONS.values():
        assert re.search(rf"^{rule}.* BROKEN", said, re.MULTILINE), rule
