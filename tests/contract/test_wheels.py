"""The three wheels: the contract's and the client's stand by themselves, and with these the gateway's works where nothing else is."""

import sys
from importlib.metadata import distribution, version
from pathlib import Path
from subprocess import CompletedProcess
from zipfile import ZipFile

import lxml
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from gateway.contract import CONTRACT_VERSION
from tests.builders.places import ROOT
from tests.builders.processes import ran

PARTNER = ROOT / "tests" / "contract" / "partner"
ASKED = '''
import importlib.util, json, sys
from datetime import UTC, datetime
assert "lxml" not in sys.modules
import gateway.contract, gateway.contract.reading, gateway.contract.ws_security
assert "lxml" not in sys.modules and importlib.util.find_spec("lxml") is None
assert importlib.util.find_spec("gateway.dispatch") is None
from gateway.contract import Direction, DocumentQuery, Occasion, Response, Settings
sys.path[:0] = json.loads(sys.argv[1])
from json_register import JsonRegister
from xml_register import XmlRegister

JSON = """{"number": "ID/17", "found": 1, "licence": {"status": "ISSUED", "valid_to": "2026-12-31", "changed": "2026-03-01T10:00:00Z",
  "lines": [{"line": 1, "hs_code": "4407", "volume": 120.5, "unit": "CUBIC", "origins": ["NO", "SE"]}]}}"""
XML = """<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><Certificate xmlns="urn:example:certificates" state="good">
  <Number>ID/17</Number><Line no="1"><Code>4407</Code><Mass unit="KGM">120.5</Mass></Line></Certificate></s:Body></s:Envelope>"""
occasion = Occasion(at=datetime(2026, 3, 2, tzinfo=UTC), nonce=bytes(16), message_id="0" * 32)
query = DocumentQuery(type="C690", reference="ID/17", direction=Direction.IMPORT)
settings = Settings(values={"username": "u"}, secrets={"password": "p"})
for adapter, body in ((JsonRegister(settings), JSON), (XmlRegister(settings), XML)):
    exchange = adapter.verify(query, occasion)
    next(exchange)
    try:
        exchange.send(Response(status=200, body=body.encode()))
    except StopIteration as answered:
        answer = answered.value
        print(answer.status.value, answer.certificate.lines[0].quantity.value, *answer.certificate.lines[0].origins)
'''

WRONG = """from gateway.contract import Quantity
from gateway.contract.xml import read_xml

number: int = Quantity(value="1", unit="KGM").unit
count: str = read_xml(b"<a/>", "a").count("b")
"""


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the contract, the client and the gateway."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in (ROOT / "contract", ROOT / "client", ROOT):
        ran([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=project, check=True)
    return folder


def test_one_wheel_owns_the_contract(wheels: Path) -> None:
    (contract,), (gateway,) = wheels.glob("*_contract-*.whl"), wheels.glob("*_gateway-[0-9]*.whl")
    with ZipFile(contract) as packed, ZipFile(gateway) as others:
        names, about = set(packed.namelist()), packed.read(_metadata(packed)).decode().splitlines()
        theirs, wanted = set(others.namelist()), others.read(_metadata(others)).decode().splitlines()
    there = {f"gateway/contract/{file.name}" for file in (ROOT / "gateway/contract").iterdir() if file.is_file()}
    assert {name for name in names if ".dist-info/" not in name} == there
    assert "gateway/contract/py.typed" in there
    assert not any(name.startswith("gateway/contract") for name in theirs)
    assert {"gateway/__init__.py", "gateway/domain/__init__.py"} <= theirs
    assert [line for line in about if line.startswith("Requires-Dist: ")] == [
        "Requires-Dist: lxml>=5.3; extra == 'xml'"
    ]
    assert any(line.startswith(f"Version: {CONTRACT_VERSION}.") for line in about)
    assert f"Requires-Dist: eu-single-window-contract[xml]=={CONTRACT_VERSION}.*" in wanted


def test_the_clients_holds_the_client_and_wants_nothing_of_the_gateway(wheels: Path) -> None:
    (wheel,) = wheels.glob("*_client-*.whl")
    with ZipFile(wheel) as packed:
        names, about = packed.namelist(), packed.read(_metadata(packed)).decode().splitlines()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"gateway_client"}
    assert {"gateway_client/py.typed", "gateway_client/synchronous.py"} <= set(names)
    wanted = {line.split(">")[0] for line in about if line.startswith("Requires-Dist: ")}
    assert wanted == {"Requires-Dist: httpx", "Requires-Dist: standardwebhooks", "Requires-Dist: tenacity"}


@pytest.mark.whole
def test_the_gateways_works_with_what_it_depends_on_and_nothing_else(wheels: Path, tmp_path: Path) -> None:
    """What `pip install eu-single-window-gateway` brings, without an extra and without going out for it."""
    home = tmp_path / "venv"
    uv = str(Path(sys.executable).with_name("uv"))
    ran([uv, "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", str(home / "bin" / "python")]
    ran([*install, *map(str, wheels.glob("*.whl"))], check=True)
    (packages,) = (home / "lib").glob("python*/site-packages")
    for name in brought_by("eu-single-window-gateway"):
        for one in {file.parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
            if not (packages / one).exists():
                (packages / one).symlink_to(Path(str(distribution(name).locate_file(one))))

    def gateway(*arguments: str) -> CompletedProcess[str]:
        own = {"PATH": str(home / "bin"), "HOME": str(tmp_path)}
        done = ran([str(home / "bin" / "gateway"), *arguments], env=own, cwd=tmp_path)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    assert gateway("--version").stdout.startswith(f"gateway {version('eu-single-window-gateway')}, contract ")
    assert "serve" in gateway("--help").stdout
    checked = gateway("check")
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "no fault"), checked.stderr
    assert f"{packages}/gateway/_data/config" in checked.stdout
    assert gateway("init", "etc").returncode == 0
    lacking = gateway("demo", "--exit")
    assert lacking.returncode == 78
    assert "pip install 'eu-single-window-gateway[embedded]'" in lacking.stderr


def brought_by(project: str) -> set[str]:
    """What is installed with a project without its extras, all the way down; not what is built from this tree."""
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = [(project, frozenset[str]())]
    while wanted:
        name, extras = wanted.pop()
        if (name, extras) not in seen:
            seen.add((name, extras))
            needed = [Requirement(text) for text in distribution(name).requires or ()]
            wanted += [
                (canonicalize_name(one.name), frozenset(one.extras))
                for one in needed
                if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in (*extras, ""))
            ]
    return {name for name, _ in seen if not name.startswith("eu-single-window-")}


def test_a_partners_files_run_and_are_checked_with_it_alone(wheels: Path, tmp_path: Path) -> None:
    home, partner, libraries = tmp_path / "venv", tmp_path / "partner", tmp_path / "libraries"
    uv = Path(sys.executable).with_name("uv")
    (wheel,) = wheels.glob("*_contract-*.whl")
    ran([str(uv), "venv", "--quiet", "--python", sys.executable, str(home)], check=True)
    python = str(home / "bin" / "python")
    ran([str(uv), "pip", "install", "--quiet", "--offline", "--python", python, str(wheel)], check=True)
    partner.mkdir()
    for file in PARTNER.glob("*_register.py"):
        (partner / file.name).write_bytes(file.read_bytes())
    # As `[xml]` would bring it, without going out for it.
    libraries.mkdir()
    (libraries / "lxml").symlink_to(Path(lxml.__file__).parent)
    done = ran([python, "-I", "-c", ASKED, f'["{partner}", "{libraries}"]'], cwd=tmp_path)
    assert (done.stdout, done.stderr) == ("valid 120.5 NO SE\nvalid 120.5\n", "")
    # What is not checked at all would pass: what is wrong has to be found, and nothing else.
    (partner / "wrong.py").write_text(WRONG)
    strict = [sys.executable, "-m", "mypy", "--strict", "--warn-unreachable", "--python-executable", python]
    strict += ["--config-file=", "--cache-dir", str(tmp_path / "cache"), "--no-error-summary"]
    checked = ran([*strict, *(file.name for file in partner.glob("*.py"))], cwd=partner)
    found = {tuple(line.split(":")[:2]) for line in checked.stdout.splitlines()}
    assert found == {("wrong.py", "4"), ("wrong.py", "5")}, checked.stdout


def _metadata(wheel: ZipFile) -> str:
    (name,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
    return name
