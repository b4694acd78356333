"""`docs/formats.md`: an administration's own message, from its files to a decision."""

import json
import re
from pathlib import Path

import pytest

from tests.builders.commands import ran_here
from tests.builders.places import ROOT
from tests.builders.running import clean_environment, served

PAGE = (ROOT / "docs/formats.md").read_text(encoding="utf-8")
PLACES = ("note.xml", "border_note.xsd", "formats/border_note.toml")


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """The page's files in a folder, and the variables that name them."""
    blocks = re.findall(r"^```(?:xml|toml)\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    for place, text in zip(PLACES, blocks, strict=True):
        (tmp_path / place).parent.mkdir(exist_ok=True)
        (tmp_path / place).write_text(text, encoding="utf-8")
        assert f"`{place}`" in PAGE
    return {
        **clean_environment(),
        "GATEWAY_TABLES": json.dumps([str(tmp_path)]),
        "GATEWAY_FORMATS__BORDER_NOTE__SCHEMA": str(tmp_path / "border_note.xsd"),
    }


def test_the_page_leads_from_an_xml_to_a_decision(own: dict[str, str], tmp_path: Path, database_url: str) -> None:
    note = tmp_path / "note.xml"
    assert ran_here(own, "validate", str(note)).returncode == 0
    wrong = tmp_path / "wrong.xml"
    wrong.write_text(note.read_text(encoding="utf-8").replace('kg="12.5"', 'kg="12,5"').replace("4000", "40"), encoding="utf-8")  # fmt: skip
    told = ran_here(own, "validate", str(wrong))
    assert told.returncode != 0
    assert {"4", "5"} <= set(re.findall(r"\b(\d+)\b", told.stdout)), told.stdout
    secrets = dict.fromkeys(("TRACES_AUTHENTICATION_KEY", "CATCH_API_KEY", "CITES_API_KEY", "DUAL_USE_CLIENT_ID", "DUAL_USE_CLIENT_SECRET"), "x")  # fmt: skip
    with served({**own, **secrets, "GATEWAY_DATABASE_URL": database_url}) as gateway, gateway.client() as client:
        lodged = client.lodge(note.read_bytes(), "application/xml", wait_s=20).body
    assert lodged["decision"]["effect"] == "release", lodged


def test_each_key_of_a_format_is_told() -> None:
    text = (ROOT / "gateway/intake/format_file.py").read_text(encoding="utf-8")
    keys = set(
        re.findall(r'"(\w+)"', "".join(re.findall(r"^_(?:FIELD_)?KEYS = \{.*?\}", text, re.MULTILINE | re.DOTALL)))
    )
    assert len(keys) > 20
    # JSON is the native format's alone.
    assert {key for key in keys if not re.search(rf"`{key}`|\[{key}\]|\b{key} =", PAGE)} == {"json"}
