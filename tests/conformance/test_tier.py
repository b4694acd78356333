"""The tier is computed from what was shown; the authority is asked and nothing is moved there."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.conformance.examination import ConformanceReport, examine
from gateway.conformance.inspection import JudgedResult
from gateway.conformance.report import page
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.simulated import simulator_of
from gateway.conformance.tier import PROVEN_FOR, LiveTrial, stored_tier, tier_of, try_live
from gateway.contract import Answer, Status
from gateway.dispatch.delivered import digest_of
from gateway.domain.adapter_tier import AdapterTier
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT

TWIN = ROOT / "tests" / "zoo" / "twin"
RULE = rule("fields.missing", "A field that is missing raises", "read it | strictly")
BROKEN = Nonconformity(rule=RULE, place="exchanges/valid.toml:12", what="it is read, and nobody notices")
GOOD = ConformanceReport(name="twin", package="tests.zoo.twin", title="Fruit permits", nonconformities=())
ANSWERED = LiveTrial(answers=(("A/1", JudgedResult(value=Answer(status=Status.NOT_FOUND))),))
FAILED = LiveTrial(answers=(*ANSWERED.answers, ("A/2", JudgedResult(fault="AccessRefused"))))


@pytest.mark.parametrize(
    ("report", "live", "tier"),
    [
        (GOOD, None, AdapterTier.CONFORMANT),
        (GOOD, ANSWERED, AdapterTier.PROVEN),
        (GOOD, FAILED, AdapterTier.CONFORMANT),
        (GOOD, LiveTrial(answers=()), AdapterTier.CONFORMANT),
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


@pytest.mark.xdist_group("zoo")
def test_the_authority_is_asked_and_nothing_is_moved() -> None:
    with simulator_of("tests.zoo.twin.simulator") as office:
        config = AdapterConfig(name="twin", package="tests.zoo.twin", base_url=office.url)
        trial = try_live(config, office.credentials)
        assert [result.fault for _, result in trial.answers] == [None] * len(trial.answers)
        assert trial.answers[-1][1].value == Answer(status=Status.NOT_FOUND)
        assert trial.passed
        named = try_live(config, office.credentials, ("OO/18",))
        assert [result.value.status for _, result in named.answers] == [Status.REFUSED, Status.NOT_FOUND]
        office.fail("down")
        assert not try_live(config, office.credentials).passed


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
