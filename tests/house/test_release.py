"""A release is of a commit that says in CHANGELOG.md what it is, and the same whenever it is built."""

from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tools.release import NoRelease, obstacles, released, version_of

GIT = ("git", "-c", "user.name=n", "-c", "user.email=n@example.org")


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A committed tree of version 9.9.0, of which nothing can be built."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "n"\nversion = "9.9.0"\n', encoding="utf-8")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\n## [Unreleased]\n\n## [9.9.0] - 2026-12-02\n", encoding="utf-8"
    )
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "all")):
        ran([*GIT, *command], cwd=tmp_path, check=True)
    return tmp_path


def test_a_tree_with_what_nobody_committed_is_no_release(tree: Path) -> None:
    assert list(obstacles(tree)) == []
    (tree / "left.py").write_text("1", encoding="utf-8")
    (tree / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n", encoding="utf-8")
    dirty, untold = obstacles(tree)
    assert dirty == "commit or remove what is in no commit: CHANGELOG.md, left.py (2 in all)"
    assert untold == "CHANGELOG.md has no section for 9.9.0: give what is under [Unreleased] this title and a date"
    with pytest.raises(NoRelease, match=r"(?s)left\.py.*no section for 9\.9\.0"):
        released(tree, tree / "dist")
    assert not (tree / "dist").exists()


def test_a_candidate_needs_no_section_of_its_own(tree: Path) -> None:
    (tree / "pyproject.toml").write_text('[project]\nname = "n"\nversion = "9.10.0rc1"\n', encoding="utf-8")
    ran([*GIT, "commit", "-qam", "candidate"], cwd=tree, check=True)
    assert list(obstacles(tree)) == []


def test_the_page_names_the_version_s_file() -> None:
    assert f"`{version_of(ROOT)}`" in (ROOT / "docs/releasing.md").read_text(encoding="utf-8")


def test_the_kit_is_of_the_gateways_version() -> None:
    assert version_of(ROOT / "kit") == version_of(ROOT)
    assert f'"eu-single-window-kit=={version_of(ROOT)}"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")


@pytest.mark.whole
def test_two_builds_of_one_commit_are_the_same(tmp_path: Path) -> None:
    sums = []
    for number in ("1", "2"):
        checkout = tmp_path / number
        ran([*GIT, "clone", "-q", str(ROOT), str(checkout)], check=True)
        (checkout / "dist").mkdir()
        (checkout / "dist/sbom.json").write_text("{}", encoding="utf-8")
        released(checkout, checkout / "dist/release")
        sums.append((checkout / "dist/release/SHA256SUMS").read_text(encoding="ascii"))
        with ZipFile(next((checkout / "dist/release").glob("*_gateway-*.whl"))) as wheel:
            assert {"gateway/guide/index.html", "gateway/guide/search/search_index.json"} <= set(wheel.namelist())
    assert sums[0] == sums[1]
    assert sums[0].count(".whl\n") == 4
