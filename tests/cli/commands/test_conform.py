"""`gateway conform`: what is to be mended, the page, the tier, and what is stored of a configured adapter's files."""

import shutil
import sys
from pathlib import Path

import pytest

from gateway.conformance.simulated import simulator_of
from gateway.dispatch.delivered import digest_of
from gateway.domain.adapter_tier import AdapterTier
from gateway.store import Store
from gateway.terminal.exits import Exit
from tests.builders.commands import ran_here
from tests.builders.partner_project import PartnerProject, typed
from tests.builders.places import ROOT
from tests.builders.running import clean_environment
from tests.zoo.beast import Beast, write
from tests.zoo.beasts import KIT_BEASTS

GOOD = "tests.zoo.twin"
ONE = next(one for one in KIT_BEASTS if one.name == "one_status")


@pytest.mark.whole
def test_an_adapter_that_conforms_is_told_so_and_a_page_is_written(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    done = ran_here(clean_environment(), "conform", GOOD, "--report", str(page))
    assert done.returncode == Exit.RELEASE, done.stderr + done.stdout
    assert "0 to mend" in done.stdout
    assert "tier: conformant" in done.stdout
    assert "stored" not in done.stdout, "it is not configured"
    assert "Tier: **conformant**" in page.read_text()


def beast_in(folder: Path, beast: Beast, monkeypatch: pytest.MonkeyPatch) -> str:
    """Writes a beast below a folder that is on the path."""
    monkeypatch.syspath_prepend(folder)
    write(beast, folder)
    return beast.package


@pytest.mark.whole
def test_what_is_to_be_mended_is_told_with_place_rule_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = beast_in(tmp_path, ONE, monkeypatch)
    done = ran_here(clean_environment(), "conform", package, "--report", str(tmp_path / "page.md"))
    assert done.returncode == Exit.DIFFERENT
    assert "exchanges: statuses.not_recorded: no recording expects refused" in done.stdout
    assert "record an answer with it" in done.stdout
    assert "tier: draft" in done.stdout


def test_nobody_is_told_of_an_adapter_that_is_not_there(tmp_path: Path) -> None:
    done = ran_here(clean_environment(), "conform", "nothing_of_the_kind", "--report", str(tmp_path / "page.md"))
    assert done.returncode == Exit.CONFIGURATION
    assert "no package 'nothing_of_the_kind'" in done.stderr
    live = ran_here(clean_environment(), "conform", GOOD, "--live", "--report", str(tmp_path / "page.md"))
    assert live.returncode == Exit.CONFIGURATION
    assert "--live: no adapter" in live.stderr
    assert not (tmp_path / "page.md").exists()


@pytest.mark.whole
async def test_the_tier_of_a_configured_adapter_is_stored_for_its_files(database_url: str, tmp_path: Path) -> None:
    with simulator_of(f"{GOOD}.simulator") as office:
        environment = {
            **clean_environment(),
            "GATEWAY_DATABASE_URL": database_url,
            "GATEWAY_ADAPTERS__TWIN__PACKAGE": GOOD,
            "GATEWAY_ADAPTERS__TWIN__BASE_URL": office.url,
            "GATEWAY_ADAPTERS__TWIN__SECRETS__SIGNING_KEY": "env:ORCHARD_KEY",
            "ORCHARD_KEY": office.credentials["signing_key"],
        }
        page = str(tmp_path / "page.md")
        done = ran_here(
            environment, "conform", "twin", "--live", "--document", "OO/17", "--document", "OO/18", "--report", page
        )
    assert done.returncode == Exit.RELEASE, done.stderr + done.stdout
    assert "live: OO/18: refused" in done.stdout
    assert "stored: proven" in done.stdout
    async with Store.opened(database_url) as store:
        tiers = await store.adapter_tiers.all()
    stored = tiers.newest[GOOD, digest_of(ROOT / "tests" / "zoo" / "twin")]
    assert (stored.adapter, stored.tier) == ("twin", AdapterTier.PROVEN)
    assert stored.proven_until is not None


def test_a_configured_secret_goes_to_the_configured_authority_alone(project: PartnerProject, tmp_path: Path) -> None:
    configured = {
        "GATEWAY_ADAPTERS__PELLETS__PACKAGE": "pellets",
        "GATEWAY_ADAPTERS__PELLETS__BASE_URL": "https://pellets.example",
        "GATEWAY_ADAPTERS__PELLETS__SECRETS__HEADER_VALUE": "env:OFFICE_KEY",
        "OFFICE_KEY": "the-configured-one",
        "OTHER_KEY": "a-named-one",
    }
    conforms = (
        "conform",
        "pellets",
        "--no-store",
        "--report",
        str(tmp_path / "page.md"),
        "--against",
        project.office.url,
    )
    # The simulator tells what it accepts, and neither of these is that: it notices whichever comes.
    assert typed(*conforms, **configured).returncode == Exit.RELEASE
    named = typed(*conforms, "--secret", "header_value=env:OTHER_KEY", **configured)
    assert (named.returncode, ": authority." in named.stdout) == (Exit.DIFFERENT, True), named.stdout


def test_a_secret_that_cannot_be_named_is_said(project: PartnerProject) -> None:
    conforms = ("conform", "pellets", "--no-store", "--against", project.office.url)
    done = typed(*conforms, "--secret", "pass=env:X", "--secret", "header_value=env:NOT_SET")
    assert done.returncode == Exit.CONFIGURATION
    assert "--secret pass: the manifest knows header_value" in done.stderr
    assert "--secret header_value: the environment variable NOT_SET" in done.stderr


def test_which_of_two_copies_was_examined_is_told_where_they_differ(project: PartnerProject, tmp_path: Path) -> None:
    installed = tmp_path / "installed"
    shutil.copytree(project.package, installed / "pellets")
    conforms = (
        "conform",
        "pellets",
        "--no-store",
        "--report",
        str(tmp_path / "page.md"),
        "--against",
        project.office.url,
    )
    sys.path.insert(0, str(installed))
    try:
        same = typed(*conforms)
        (project.package / "codes.toml").write_text((project.package / "codes.toml").read_text() + "# changed\n")
        other = typed(*conforms)
    finally:
        sys.path.remove(str(installed))
    assert f"examined: {installed / 'pellets'}" in same.stdout
    assert "NOT examined" not in same.stdout
    assert f"NOT examined: {project.package}, which has other files" in other.stdout
    assert "`PYTHONPATH=. gateway conform pellets` examines yours" in other.stdout
