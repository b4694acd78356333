"""The tier is computed from what was shown; the authority is asked and nothing is moved there."""

import re
import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.cli.commands.new_adapter import rendered
from gateway.conformance.examination import ConformanceReport, examine
from gateway.conformance.report import page
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.simulated import simulator_of
from gateway.conformance.tier import PROVEN_FOR, LiveAnswer, LiveTrial, stored_tier, tier_of, try_live
from gateway.dispatch.delivered import digest_of
from gateway.domain.adapter_tier import AdapterTier
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT

TWIN = ROOT / "tests" / "zoo" / "twin"
RULE = rule("fields.missing", "A field that is missing raises", "read it | strictly")
BROKEN = Nonconformity(rule=RULE, place="exchanges/valid.toml:12", what="it is read, and nobody notices")
GOOD = ConformanceReport(name="twin", package="tests.zoo.twin", title="Fruit permits", nonconformities=())
ANSWERED = LiveTrial(
    answers=(LiveAnswer(reference="A/1", status="not_found"), LiveAnswer(reference="A/3", status="valid"))
)
NOBODY = LiveTrial(answers=(LiveAnswer(reference="A/1", status="not_found", recorded="valid"),))
FAILED = LiveTrial(answers=(*ANSWERED.answers, LiveAnswer(reference="A/2", status="undetermined", cause="SW-ADP-02")))


@pytest.mark.parametrize(
    ("report", "live", "tier"),
    [
        (GOOD, None, AdapterTier.CONFORMANT),
        (GOOD, ANSWERED, AdapterTier.PROVEN),
        (GOOD, FAILED, AdapterTier.CONFORMANT),
        (GOOD, LiveTrial(answers=()), AdapterTier.CONFORMANT),
        (GOOD, NOBODY, AdapterTier.CONFORMANT),
        (replace(GOOD, nonconformities=(BROKEN,)), ANSWERED, AdapterTier.DRAFT),
        (replace(GOOD, not_made=("movements",)), ANSWERED, AdapterTier.DRAFT),
    ],
)
def test_a_tier_is_computed(report: ConformanceReport, live: LiveTrial | None, tier: AdapterTier) -> None:
    assert tier_of(report, live) is tier
    assert f"Tier: **{tier.value}**" in page(report, tier, live)


def test_it_is_stored_for_the_very_files_and_for_so_long() -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    proven = stored_tier(GOOD, TWIN, AdapterTier.PROVEN, now)
    assert (proven.adapter, proven.package, proven.digest) == ("twin", "tests.zoo.twin", digest_of(TWIN))
    assert proven.proven_until == now + PROVEN_FOR
    assert stored_tier(GOOD, TWIN, AdapterTier.CONFORMANT, now).proven_until is None


def test_the_page_says_place_rule_and_remedy() -> None:
    said = page(replace(GOOD, nonconformities=(BROKEN,), remarks=("a note",)), AdapterTier.DRAFT, None)
    assert (
        "| `exchanges/valid.toml:12` | `fields.missing` | it is read, and nobody notices | read it \\| strictly |"
        in said
    )
    assert "- a note" in said


def test_the_authority_is_asked_and_nothing_is_moved() -> None:
    with simulator_of("tests.zoo.twin.simulator") as office:
        config = AdapterConfig(
            name="twin", package="tests.zoo.twin", base_url=office.url, secrets={"signing_key": "env:KEY"}
        )
        key = {"KEY": office.credentials["signing_key"]}
        trial = try_live(config, key)
        assert {one.cause for one in trial.answers} == {None}
        assert trial.answers[0].status == "valid", "the valid ones first"
        assert {one.recorded for one in trial.answers[:-1]} >= {"valid", "refused"}
        assert str(trial.answers[-1]) == "not_found"
        assert trial.passed
        named = try_live(config, key, ("OO/18",))
        assert [(one.reference, one.status) for one in named.answers] == [
            ("OO/18", "refused"), ("KIT-0000-NOT-THERE", "not_found"),
        ]  # fmt: skip
        office.fail("unauthorised")
        assert next(str(one) for one in try_live(config, key, ("OO/18",)).answers) == "undetermined (SW-ADP-02)"


def test_without_a_simulator_what_needs_one_is_not_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "lonely"
    shutil.copytree(TWIN, folder)
    manifest = (folder / "manifest.toml").read_text().replace('name = "twin"', 'name = "lonely"')
    (folder / "manifest.toml").write_text(manifest.replace('simulator = "simulator:SIMULATOR"\n', ""))
    monkeypatch.syspath_prepend(tmp_path)
    report = examine("lonely", "lonely", only={"authority", "movements"})
    assert report.not_made == ("authority", "movements")
    assert not report.passed
    assert {one.rule.name for one in report.nonconformities} == {"package.no_simulator"}


def test_an_adapter_whose_answers_name_no_document_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place, text in rendered("nameless", "json", "C999"):
        file = tmp_path / place
        file.parent.mkdir(parents=True, exist_ok=True)
        silent = text.replace('        answer.same("number", query.reference)\n', "").replace(
            'answer.text("number")', "query.reference"
        )
        file.write_text(re.sub(r'"number": "[A-Z]{2}/[0-9]+", ', "", silent))
    monkeypatch.syspath_prepend(tmp_path)
    report = examine("nameless", "nameless", only={"documents"}, most=12)
    assert {one.rule.name for one in report.nonconformities} >= {"documents.not_named"}


def test_an_adapter_whose_file_says_so_stays_a_draft() -> None:
    report = examine("eudr", "adapters.eudr", only={"documents"}, most=12)
    assert (report.passed, tier_of(report, ANSWERED)) == (True, AdapterTier.DRAFT)


BROKEN_COPIES = {
    "no Python": ("adapter.py", "retrun 1\n", "SyntaxError"),
    "no UTF-8": ("adapter.py", "\xff", "SyntaxError"),
    "a rule that is none": ("adapter.py", None, "rule of identity"),
}


def with_rule(folder: Path, rule_body: str) -> None:
    """Give a copy of the twin, under its folder's name, a rule of identity."""
    shutil.copytree(TWIN, folder)
    lines = (folder / "manifest.toml").read_text().replace('name = "twin"', f'name = "{folder.name}"').splitlines()
    kept = [line for line in lines if not line.startswith("identity")]
    (folder / "manifest.toml").write_text('identity = "adapter:own_rule"\n' + "\n".join(kept))
    code = f"\n\ndef own_rule(document_type: str, reference: str) -> str:\n    return {rule_body}\n"
    (folder / "adapter.py").write_text((folder / "adapter.py").read_text() + code)


def test_a_rule_that_folds_too_much_asks_for_other_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_rule(tmp_path / "folding", "reference.strip().replace('/', '') or '-'")
    monkeypatch.syspath_prepend(tmp_path)
    report = examine("folding", "folding", only={"references"})
    assert "references.not_its_identity" in {one.rule.name for one in report.nonconformities}


@pytest.mark.parametrize("case", BROKEN_COPIES)
def test_what_cannot_be_loaded_is_a_finding(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, more, told = BROKEN_COPIES[case]
    folder = tmp_path / "broken"
    with_rule(folder, "reference.strip()" if more is not None else "reference + '.'")
    (folder / file).write_bytes((folder / file).read_bytes() + (more or "").encode("latin-1"))
    monkeypatch.syspath_prepend(tmp_path)
    report = examine("broken", "broken", only={"statuses"})
    (one,) = (one for one in report.nonconformities if one.rule.name == "package.not_loaded")
    assert told in one.what


def test_a_contract_of_later_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "later"
    shutil.copytree(TWIN, folder)
    lines = (folder / "manifest.toml").read_text().replace('name = "twin"', 'name = "later"').splitlines()
    kept = [line for line in lines if not line.startswith("contract")]
    (folder / "manifest.toml").write_text('contract = "1.999"\n' + "\n".join(kept))
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match=r"built for contract 1\.999"):
        examine("later", "later")


def test_a_unit_in_the_authoritys_own_words_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "assuming"
    shutil.copytree(TWIN, folder)
    manifest = (folder / "manifest.toml").read_text().replace('name = "twin"', 'name = "assuming"')
    (folder / "manifest.toml").write_text(manifest)
    code = (folder / "adapter.py").read_text()
    weighed = 'Quantity(value=line.record("weight").decimal("value"), unit="KGM")'
    (folder / "adapter.py").write_text(
        code.replace('line.quantity("weight")', weighed).replace(
            'unit=weight.text("unit", "[A-Z0-9]{3}")', 'unit="KGM"'
        )
    )
    for one in (folder / "exchanges").iterdir():
        one.write_text(one.read_text().replace('"unit": "KGM"', '"unit": "kg"'))
    monkeypatch.syspath_prepend(tmp_path)
    found = examine("assuming", "assuming", only={"documents"}).nonconformities
    assert any(one.rule.name == "documents.unit_not_read" and "which nobody knows" in one.what for one in found)
