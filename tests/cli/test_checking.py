"""A rule without a case is found: each finding is raised in one story, and in another it is not."""

import json
from pathlib import Path

from gateway.cli.checking import without_case
from gateway.decisions import RULESET
from tests.cases.story import shipped

CODES = [code for rule in RULESET for code in rule.codes]


def story(folder: Path, name: str, codes: list[str]) -> None:
    (folder / name).mkdir()
    findings = [{"code": code} for code in codes]
    (folder / name / "expected.json").write_text(json.dumps({"findings": findings}), encoding="utf-8")


def test_a_finding_that_no_story_or_every_story_raises_is_a_fault(tmp_path: Path) -> None:
    story(tmp_path, "one", CODES)
    story(tmp_path, "other", [])
    assert without_case(tmp_path, shipped()) == ()
    story(tmp_path, "third", [])
    (tmp_path / "one" / "expected.json").write_text(json.dumps({"findings": [{"code": c} for c in CODES[1:]]}))
    (fault,) = without_case(tmp_path, shipped())
    assert f"{CODES[0]} is raised in no story of {tmp_path}" in fault
    assert fault.startswith("findings.toml:")
    for name in ("other", "third"):
        (tmp_path / name / "expected.json").write_text(json.dumps({"findings": [{"code": CODES[1]}]}))
    assert any(f"{CODES[1]} is raised in every story" in fault for fault in without_case(tmp_path, shipped()))


def test_stories_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    assert without_case(tmp_path, shipped()) == (f"{tmp_path}: no story with an expected.json",)
    story(tmp_path, "one", CODES)
    story(tmp_path, "other", [])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "expected.json").write_text('{"findings": [3]}')
    assert without_case(tmp_path, shipped()) == (f"{tmp_path}/broken/expected.json: no decision that can be read",)
