"""`gateway new-adapter`: a package on which the kit finds nothing, and no file of anybody's touched."""

import tomllib
from pathlib import Path

import pytest

from gateway.cli.commands.new_adapter import KINDS
from gateway.conformance.examination import examine
from gateway.contract import CONTRACT_VERSION
from tests.builders.extent import part
from tests.builders.partner_project import standing_in, typed


@pytest.mark.parametrize(
    ("kind", "more"),
    part(
        [
            *((kind, ()) for kind in KINDS),
            ("declarative", ("--oauth2",)),
            ("json", ("--oauth2",)),
            ("json", ("--quantity",)),
            ("json", ("--usage", "--oauth2")),
        ],
        2,
        begin=1,
    ),
)
def test_the_kit_finds_nothing_in_what_is_written(kind: str, more: tuple[str, ...], tmp_path: Path) -> None:
    name = "_".join(("fresh", kind, *(one.strip("-") for one in more)))
    with standing_in(tmp_path):
        done = typed("new-adapter", name, *(f"--{one}" for one in kind.split("_")), *more, "--type", "C640")
        assert done.returncode == 0, done.stderr
    folder = tmp_path / f"{name}-adapter"
    there = {str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file()}
    assert {line.removeprefix(f"{name}-adapter/") for line in done.stdout.splitlines() if "-adapter/" in line} == there
    assert {"README.md", "pyproject.toml", f"tests/test_{name}.py", f"{name}/exchanges/valid.toml"} <= there
    assert f"gateway conform {name}" in done.stdout
    for file in there:
        text = (folder / file).read_text()
        assert not any(one in text for one in ("{{ ", "{%", "NAME.")), file
        if file.endswith(".toml"):
            tomllib.loads(text)
        if file.endswith(".py"):
            compile(text, file, "exec")
    with standing_in(folder):
        import sys

        sys.path.append(str(folder))
        report = examine(name, name)
    assert (report.passed, [str(one) for one in report.nonconformities]) == (True, [])
    assert report.recordings == (5 if "soap" in kind else 12 if "--quantity" in more else 9 if "--usage" in more else 3)
    manifest = (folder / name / ("authority.toml" if "declarative" in kind else "manifest.toml")).read_text()
    assert tomllib.loads(manifest)["contract"] == CONTRACT_VERSION
    assert f"~={CONTRACT_VERSION}" in (folder / "pyproject.toml").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("Timber",), "lower-case letters, digits and _ are needed, a letter first: timber, say"),
        (("wood-waste",), "wood_waste, say"),
        (("2wood",), "wood, say"),
        (("../wood",), "wood, say"),
        (("",), "are needed"),
        (("a" * 41,), "1 to 40"),
        (("class",), "a word of Python's own"),
        (("traces",), "delivered with the gateway"),
        (("json",), "can be imported already"),
        (("lxml",), "can be imported already"),
        (("gateway",), "can be imported already"),
        (("there",), "can be imported already"),
        (("configured",), "is configured, [adapters.configured]"),
        (("taken",), "exists: nothing is overwritten"),
        (("fine", "--type", "C9"), "four characters"),
        (("fine", "--json", "--soap"), "one of --json, --soap"),
        (("fine", "--quantity", "--usage"), "one of --quantity, --usage"),
        (("fine", "--soap", "--usage"), "--usage is of an adapter with code that reads JSON"),
        (("fine", "--soap", "--oauth2"), "--oauth2 is of --json and --declarative"),
    ],
)
def test_a_name_that_cannot_be_is_refused(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    (tmp_path / "there.py").write_text("raise SystemExit('imported')")
    (tmp_path / "taken-adapter").mkdir()
    (tmp_path / "taken-adapter/mine").write_text("mine")
    configured = {
        f"GATEWAY_ADAPTERS__CONFIGURED__{key}": value for key, value in {"PACKAGE": "x", "BASE_URL": "y"}.items()
    }
    with standing_in(tmp_path):
        done = typed("new-adapter", *arguments, **configured)
    assert (done.returncode, said in " ".join(done.stderr.split())) == (64, True), done.stderr
    assert sorted(str(one.relative_to(tmp_path)) for one in tmp_path.rglob("*")) == [
        "taken-adapter", "taken-adapter/mine", "there.py"
    ]  # fmt: skip


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    with standing_in(gone):
        gone.rmdir()
        done = typed("new-adapter", "fine")
    assert done.returncode == 64, done.stderr
    assert "cannot be written" in done.stderr


def test_a_configuration_with_faults_hinders_nobody(tmp_path: Path) -> None:
    with standing_in(tmp_path):
        done = typed("new-adapter", "fine", GATEWAY_PORT="many")
    assert done.returncode == 0, done.stderr
