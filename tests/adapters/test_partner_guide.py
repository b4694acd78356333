"""The example of docs/adapters.md is an adapter that works."""

import importlib
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from adapters.simulation import simulator_process
from gateway.contract import Adapter, Auth, Limits, Manifest, Settings, Status, UnexpectedAnswer, parse_manifest
from tests.adapters.driving import HOSTILE, OCCASION, Wire, query, replay

GUIDE = (Path(__file__).resolve().parents[2] / "docs" / "adapters.md").read_text(encoding="utf-8")
FILES = dict(re.findall(r"^`(timber/[\w.]+)`\n\n```\w+\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL))


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The example's files as an importable package, for this process and its children."""
    root = tmp_path_factory.mktemp("guide")
    (root / "timber").mkdir()
    (root / "timber" / "__init__.py").touch()
    for name, content in FILES.items():
        (root / name).write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        patch.setenv("PYTHONPATH", str(root))
        yield root / "timber"
    for name in [name for name in sys.modules if name.split(".")[0] == "timber"]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def adapter(package: Path) -> Adapter:
    manifest = parse_manifest((package / "manifest.toml").read_text())
    module, _, name = manifest.entry_point.partition(":")
    made: Adapter = getattr(importlib.import_module(f"timber.{module}"), name)(Settings())
    return made


@pytest.fixture(scope="module")
def wire(package: Path) -> Iterator[Wire]:
    with simulator_process("timber") as (url,):
        yield Wire(url, {"X-Api-Key": "timber-simulator-key"})


def test_the_guide_shows_the_whole_package() -> None:
    assert set(FILES) == {
        "timber/manifest.toml",
        "timber/codes.toml",
        "timber/adapter.py",
        "timber/simulator.py",
        "timber/simulator_documents.toml",
    }
    assert len(FILES["timber/adapter.py"].splitlines()) <= 60


def test_the_example_verifies_over_http(adapter: Adapter, wire: Wire) -> None:
    for reference, status in (("ID/17", Status.VALID), ("ID/18", Status.REFUSED), ("ID/19", Status.NOT_FOUND)):
        assert wire.run(adapter.verify(query("C690", reference), OCCASION)).status is status
    for reference in HOSTILE:
        assert wire.run(adapter.verify(query("C690", reference), OCCASION)).status is Status.NOT_FOUND


def test_the_example_keeps_the_rules_that_it_teaches(adapter: Adapter, wire: Wire) -> None:
    wire.run(adapter.verify(query("C690", "ID/17"), OCCASION))
    whole = wire.received[-1]
    for body in (*(whole[:length] for length in range(len(whole))), b"null", b"[]", b"<html></html>"):
        with pytest.raises(UnexpectedAnswer):
            replay(adapter.verify(query("C690", "ID/17"), OCCASION), (200, body))
    wire.control("POST", "faults", {"fault": "unknown_status", "count": 1})
    with pytest.raises(UnexpectedAnswer):
        wire.run(adapter.verify(query("C690", "ID/17"), OCCASION))


def test_the_guide_names_every_key_of_a_manifest() -> None:
    keys = {field.name for kind in (Manifest, Auth, Limits) for field in fields(kind)} - {"auth"}
    table = GUIDE[GUIDE.index("| key | meaning |") : GUIDE.index("## 2.")]
    assert {key for key in keys if not re.search(rf"\b{key}\b", table)} == set()


@pytest.mark.parametrize("name", ["catch", "dual_use"])
def test_a_readme_names_every_sample_and_every_status(name: str) -> None:
    folder = Path(__file__).resolve().parents[2] / "adapters" / name
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for document in tomllib.loads((folder / "simulator_documents.toml").read_text())["document"]:
        assert f"| `{document['reference']}` | {document['story']} |" in readme
    for row in tomllib.loads((folder / "codes.toml").read_text())["status"]:
        assert f"| `{row['code']}` | {row['means']} |" in readme
