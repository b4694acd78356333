"""A wheel that brings an adapter, and something else beside it."""

import sys
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from gateway.dispatch import load_adapters
from gateway.domain.errors import ConfigurationError
from gateway.settings.adapters import AdapterConfig
from tests.builders.processes import ran

MANIFEST = """
tier = "conformant"
contract = "1.0"
name = "toy"
title = "T"
authority = "A"
contact = "C"
entry_point = "adapter:One"
document_types = ["C999"]
"""
PACKAGE = {
    "toy_of_a_partner/__init__.py": "",
    "toy_of_a_partner/manifest.toml": MANIFEST,
    "toy_of_a_partner/adapter.py": "class One:\n    def __init__(self, settings): pass\n    def verify(self, query, occasion): yield\n",
    "toy_of_a_partner/exchanges/one.json": "{}",
}
CONFIG = AdapterConfig(
    name="toy", package="toy_of_a_partner", base_url="https://x.example", place="gateway.toml:3", places={}
)
Install = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Makes a wheel of files, and has pip install it where Python looks for modules."""

    def installed(files: Mapping[str, str]) -> Path:
        wheel, place = tmp_path / "toy_adapter-1.0-py3-none-any.whl", tmp_path / "site"
        of_it = {
            "toy_adapter-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: toy-adapter\nVersion: 1.0\n",
            "toy_adapter-1.0.dist-info/WHEEL": "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        }
        of_it |= files
        listed = "".join(f"{name},,\n" for name in of_it) + "toy_adapter-1.0.dist-info/RECORD,,\n"
        with zipfile.ZipFile(wheel, "w") as opened:
            for name, text in (of_it | {"toy_adapter-1.0.dist-info/RECORD": listed}).items():
                opened.writestr(name, text)
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--no-index",
            "--target",
            str(place),
            str(wheel),
        ]
        ran(pip, check=True)
        monkeypatch.syspath_prepend(str(place))
        return place

    return installed


@pytest.mark.parametrize(
    ("beside", "named"),
    [
        ({"toy.pth": "import os\n"}, "toy.pth"),
        ({"sitecustomize.py": ""}, "sitecustomize.py"),
        ({"lxml/etree.py": ""}, "lxml/etree.py"),
        ({"toy_of_a_partner_more/__init__.py": ""}, "toy_of_a_partner_more/__init__.py"),
        ({f"m{number}.py": "" for number in range(9)}, "m0.py, m1.py, m2.py, m3.py, m4.py and 13 more"),
    ],
)
def test_one_that_brings_files_beside_its_package_is_refused(
    install: Install, beside: Mapping[str, str], named: str
) -> None:
    install({**PACKAGE, **beside})
    with pytest.raises(ConfigurationError) as caught:
        load_adapters([CONFIG], allow_draft=True)
    (fault,) = caught.value.faults
    place = "gateway.toml:3: adapters.toy.package: its distribution toy_adapter-1.0 brings files outside toy_of_a_partner/: "
    assert fault.startswith(f"{place}{named}")
    assert "uninstall it" in fault


def test_one_that_brings_its_package_alone_is_loaded(install: Install) -> None:
    place = install(PACKAGE)
    assert (place / "toy_adapter-1.0.dist-info/RECORD").is_file()
    # Of somebody else's files nothing is its fault.
    (place / "other.pth").write_text("")
    assert set(load_adapters([CONFIG], allow_draft=True)) == {"toy"}
