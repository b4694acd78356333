"""`gateway check` of an adapter that is being written: it is found where one stands, as by the other commands."""

import shutil
import sys
from pathlib import Path

from tests.builders.partner_project import PartnerProject, typed
from tests.builders.places import CONFIG, ROOT
from tests.builders.samples import build_native

CONFIGURED = {
    "GATEWAY_ADAPTERS__PELLETS__PACKAGE": "pellets",
    "GATEWAY_ADAPTERS__PELLETS__BASE_URL": "https://pellets.example",
    "GATEWAY_ADAPTERS__PELLETS__SECRETS__HEADER_VALUE": "env:OFFICE_KEY",
    "GATEWAY_ALLOW_DRAFT": "true",
    "GATEWAY_ADAPTERS__EUDR__ENABLED": "true",
    "EUDR_AUTHENTICATION_KEY": "k3vX9-bQ7aLm",
    "OFFICE_KEY": "gateway",
    **dict.fromkeys(
        ("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"),
        "k3vX9-bQ7aLm",
    ),
}


def test_a_package_is_found_where_one_stands_and_that_is_told(project: PartnerProject) -> None:
    sys.path.remove(str(project.folder))
    try:
        done = typed("check", **CONFIGURED)
    finally:
        if str(project.folder) not in sys.path:
            sys.path.append(str(project.folder))
    assert done.returncode == 0, done.stderr
    assert "adapter pellets: Pellets (draft): C999" in done.stdout
    assert "pellets is found in the folder where you stand alone: `gateway serve` does not look there" in done.stdout

    # A delivered one says why it is a draft, too.
    eudr = done.stdout.partition("adapter eudr: EUDR due diligence statements (draft): C716 C717\n")[2]
    assert eudr.startswith("  its answers name nothing of what was asked (`same`), so it stays a draft")
    assert done.stdout.count("it is taken out wherever") == 0
    assert "set it in [adapters.NAME] of those that are meant: eudr, pellets" in done.stdout
    assert "XI has no list of public holidays" in done.stdout
    # Of pellets nobody hears what changes: TRACES notifies, and the others are asked again by rows.
    assert done.stdout.count("nobody hears of it when a document of ") == 2
    for name in ("pellets", "eudr"):
        assert f"nobody hears of it when a document of {name} changes after its decision" in done.stdout
    assert "adapters.pellets.secrets.header_value: shorter than 8 characters: it is not taken out" in done.stdout


def test_formats_and_profiles_of_ones_own_stand_beside_the_delivered_ones(tmp_path: Path) -> None:
    """A national declaration is two files and two lines of settings; nothing that is delivered is copied."""
    own, namespace = tmp_path / "own", "urn:example:national"
    shutil.copytree(CONFIG / "profiles" / "gb", own / "profiles" / "xx")
    (own / "formats").mkdir()
    text = (
        (CONFIG / "formats" / "native.toml").read_text("utf-8").replace("urn:eu-single-window:declaration:1", namespace)
    )
    text = text.replace('schema = "declaration/1/declaration.xsd"', 'schema_from = "operator"').replace(
        "json = true\n", ""
    )
    (own / "formats" / "national.toml").write_text(text, "utf-8")
    for file in (ROOT / "xsd" / "declaration" / "1").glob("*.xsd"):
        schema = file.read_text("utf-8").replace("urn:eu-single-window:declaration:1", namespace)
        (tmp_path / file.name).write_text(schema, "utf-8")
    (tmp_path / "gateway.toml").write_text(
        f'{(CONFIG / "gateway.toml").read_text("utf-8")}\n[formats.national]\nschema = "declaration.xsd"\n'.replace(
            "simulators = true", 'simulators = true\ntables = ["own"]\nprofile = "xx"', 1
        )
    )
    configured = {"GATEWAY_CONFIG": str(tmp_path)}
    done = typed("check", **configured)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "format national: " in done.stdout
    assert "format native: " in done.stdout
    assert "profile xx: " in done.stdout
    assert "profile gb: " in done.stdout
    assert typed("profile", "xx", **configured).returncode == 0

    declaration = tmp_path / "declaration.xml"
    declaration.write_bytes(build_native(items=1).replace(b"urn:eu-single-window:declaration:1", namespace.encode()))
    done = typed("validate", str(declaration), **configured)
    assert done.returncode == 0, done.stdout + done.stderr

    # One that is called as a delivered one is read in its place.
    (own / "formats" / "national.toml").rename(own / "formats" / "native.toml")
    done = typed("check", **configured | {"GATEWAY_FORMATS__NATIVE__SCHEMA": str(tmp_path / "declaration.xsd")})
    assert "formats.national: there is no such format in" in done.stderr
    assert str(own / "formats") in done.stderr


def test_a_row_that_wants_reports_of_releases_is_sound_with_its_adapter(tmp_path: Path) -> None:
    row = '[[document]]\ntypes = ["C690"]\ndirections = ["import"]\nadapter = "twin"\nreport = true\n'
    row += 'loosens = "test"\nquantity = "own"\nreserves = ["40"]\ncommodity = "required"\n'
    (tmp_path / "documents.toml").write_text(row + 'valid_from = 2026-01-01\nsource = "test"\n', "utf-8")
    said = {
        "GATEWAY_TABLES": f'["{tmp_path}"]',
        "GATEWAY_ALLOW_DRAFT": "true",
        "GATEWAY_ADAPTERS__TWIN__PACKAGE": "tests.zoo.twin",
        "GATEWAY_ADAPTERS__TWIN__BASE_URL": "https://orchard.example",
        "GATEWAY_ADAPTERS__TWIN__SECRETS__SIGNING_KEY": "env:OFFICE_KEY",
    }
    done = typed("check", **CONFIGURED | said, GATEWAY_ADAPTERS__PELLETS__ENABLED="false")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_setting_without_effect_is_named_and_is_no_fault(tmp_path: Path) -> None:
    text = (CONFIG / "gateway.toml").read_text("utf-8")
    for client in ("aiohttp", "plain"):
        (tmp_path / "gateway.toml").write_text(f'authority_client = "{client}"\n{text}', "utf-8")
        done = typed("check", GATEWAY_CONFIG=str(tmp_path))
        assert done.returncode == 0, done.stderr
        assert "authority_client has no effect any more" in done.stdout
    assert "has no effect any more" not in typed("check").stdout


def test_codes_that_stand_in_for_others_are_named() -> None:
    said = {"GATEWAY_TABLES": f'["{ROOT / "adapters/icg/tables"}", "{ROOT / "adapters/coi/tables"}"]'}
    for name in ("ICG", "COI"):
        said |= {
            f"GATEWAY_ADAPTERS__{name}__PACKAGE": f"adapters.{name.lower()}",
            f"GATEWAY_ADAPTERS__{name}__BASE_URL": "https://authority.example",
            f"GATEWAY_ADAPTERS__{name}__SECRETS__HEADER_VALUE": "env:OFFICE_KEY",
        }
    done = typed("check", **CONFIGURED | said, GATEWAY_ADAPTERS__PELLETS__ENABLED="false")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  ICGD, ICGL, ICGS: not written as codes of the Union or of a State are" in done.stdout
    assert done.stdout.count("stand in for codes that were not known") == 1
