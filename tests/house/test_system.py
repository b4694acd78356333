"""What tests need of the system is marked, and `tests/README.md` names all that `make test` leaves to `make test-whole`."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.builders import programs
from tests.builders.places import ROOT
from tests.builders.programs import NEEDS, Library, Program, Root, program
from tests.house.files import files, named

BY_HAND = ("tests/benchmarks/", "tests/soak/", "tests/screenshots/", "tests/deploy/trials/")
"""What a person starts; the tests that stand there are judged too."""
MARKED = re.compile(r"pytest\.mark\.(?:needs|whole)\b")


def test_the_readme_names_each_file_with_tests_of_make_test_whole() -> None:
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    section = text.partition("\n## Only in `make test-whole`\n")[2].partition("\n## ")[0]
    told = re.findall(r"^\| `([\w/]+\.py)` \|", section, re.MULTILINE)
    marked = [named(one).removeprefix("tests/") for one in files("test_*.py") if MARKED.search(one.read_text("utf-8"))]
    assert sorted(told) == sorted({*marked} - {"house/test_system.py"})


def test_no_test_looks_for_a_program_by_itself() -> None:
    judged = [
        one
        for one in files("*.py")
        if named(one).startswith("tests/") and (one.name.startswith("test_") or not named(one).startswith(BY_HAND))
    ]
    own = "tests/builders/programs.py"
    found = {named(one): list(unmarked(one.read_text("utf-8"))) for one in judged if named(one) != own}
    assert {name: faults for name, faults in found.items() if faults} == {}


def unmarked(text: str) -> Iterator[str]:
    """What a file does with programs of the system otherwise than by `tests.builders.programs`."""
    names = {name for need in NEEDS.values() if isinstance(need, Program) for name in need.names}
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(func=ast.Attribute(attr="which")):
                yield f"line {node.lineno}: `program` of tests.builders.programs"
            case ast.List(elts=[ast.Constant(value=str(name)), _, *_]) if name in names:
                yield f"line {node.lineno}: `program({name!r})` of tests.builders.programs"


def test_what_looks_for_a_program_is_found() -> None:
    planted = 'shutil.which("x")\nran(["git", "status"])\nran([program("git"), "status"])\nran(["true", "git"])'
    assert [fault.split(":")[0] for fault in unmarked(planted)] == ["line 1", "line 2"]


def test_what_is_not_marked_is_refused_where_it_is_there_too() -> None:
    with pytest.raises(AssertionError, match=r"not marked: @pytest\.mark\.needs\('git'\)"):
        program("git")


def test_all_that_is_missing_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = {
        "one": Program(names=("no-such-program", "nor-this"), package="package-one"),
        "other": Program(names=("no-such-other",), package="package-one"),
        "library": Library(name="libno-such.so.0", package="a-library"),
        "there": Program(names=("no-such", "sh"), package="package-two"),
        "root": Root(),
    }
    monkeypatch.setattr(programs, "NEEDS", lacking)
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert programs.main([]) == 1
    assert capsys.readouterr().err.splitlines()[:2] == [
        "missing: one, other, library, root",
        "on Debian: apt-get install --no-install-recommends a-library package-one",
    ]
    assert programs.main(["--packages"]) == 0
    assert capsys.readouterr().out == "a-library package-one\n"
    del lacking["one"], lacking["other"], lacking["library"], lacking["root"]
    assert programs.main([]) == 0
