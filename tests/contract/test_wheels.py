"""The four wheels: the contract's, the kit's and the client's stand without a gateway, and with these the gateway's works where nothing else is."""

import sys
from collections.abc import Iterable
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
    """A folder with the wheels of the contract, the client, the kit and the gateway."""
    folder = tmp_path_factory.mktemp("wheels")
    for project in (ROOT / "contract", ROOT / "client", ROOT / "kit", ROOT):
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
    assert {"gateway/__init__.py", "gateway/api/__init__.py"} <= theirs
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
    gateway = Installed(tmp_path, sorted(wheels.glob("*.whl")), brought_by("eu-single-window-gateway"))
    assert gateway("--version").stdout.startswith(f"gateway {version('eu-single-window-gateway')}, contract ")
    assert "serve" in gateway("--help").stdout
    checked = gateway("check")
    assert (checked.returncode, checked.stdout.splitlines()[-1]) == (0, "no fault"), checked.stderr
    assert f"{gateway.packages}/gateway/_data/config" in checked.stdout
    assert gateway("init", "etc").returncode == 0
    lacking = gateway("demo", "--exit")
    assert lacking.returncode == 78
    assert "pip install 'eu-single-window-gateway[embedded]'" in lacking.stderr


class Installed:
    """The command `gateway` of an environment in which so many wheels are, and nothing else."""

    def __init__(self, folder: Path, wheels: Iterable[Path], projects: Iterable[str]) -> None:
        """Make the environment in a folder, with other projects as this one has them, without going out for them."""
        self.folder, self.home = folder, folder / "venv"
        uv = str(Path(sys.executable).with_name("uv"))
        ran([uv, "venv", "--quiet", "--python", sys.executable, str(self.home)], check=True)
        python = str(self.home / "bin" / "python")
        install = [uv, "pip", "install", "--quiet", "--offline", "--no-deps", "--python", python]
        ran([*install, *map(str, wheels)], check=True)
        (self.packages,) = (self.home / "lib").glob("python*/site-packages")
        self.bring(projects)

    def bring(self, projects: Iterable[str]) -> None:
        """Bring further projects."""
        for name in projects:
            for one in {file.parts[0] for file in distribution(name).files or ()} - {"..", "__pycache__"}:
                if not (self.packages / one).exists():
                    (self.packages / one).symlink_to(Path(str(distribution(name).locate_file(one))))

    def __call__(self, *arguments: str, cwd: Path | None = None) -> CompletedProcess[str]:
        """Run the command; it never ends with what its user cannot read."""
        own = {"PATH": str(self.home / "bin"), "HOME": str(self.folder)}
        done = ran([str(self.home / "bin" / "gateway"), *arguments], env=own, cwd=cwd or self.folder)
        assert "Traceback" not in done.stderr, done.stderr
        return done


def test_each_file_is_in_one_wheel(wheels: Path) -> None:
    """So an environment with all of them has each once, and none takes another's away."""
    found: dict[str, str] = {}
    for wheel in sorted(wheels.glob("*.whl")):
        with ZipFile(wheel) as packed:
            for name in packed.namelist():
                assert name not in found, f"{name} is in {wheel.name} and in {found[name]}"
                found[name] = wheel.name
    sources = (file for room in ("gateway", "adapters") for file in (ROOT / room).rglob("*.*"))
    packed_kinds = {".py", ".sql", ".toml", ".html", ".json", ".css"}
    here = {file.relative_to(ROOT).as_posix() for file in sources if file.suffix in packed_kinds}
    assert not here - found.keys()


SERVERS = frozenset(
    {"psycopg", "psycopg-binary", "psycopg-pool", "procrastinate", "fastapi", "starlette", "uvicorn", "uvloop", "httpx"}
)


def test_the_kit_wants_no_driver_of_databases_and_no_framework_of_the_web() -> None:
    assert brought_by("eu-single-window-kit") & SERVERS == set()
    assert {"starlette", "uvicorn"} <= brought_by("eu-single-window-kit", "simulators")


@pytest.mark.whole
def test_a_partner_writes_and_examines_an_adapter_with_the_kit_alone(wheels: Path, tmp_path: Path) -> None:
    ours = [one for one in wheels.glob("*.whl") if "_contract-" in one.name or "_kit-" in one.name]
    kit = Installed(tmp_path, ours, brought_by("eu-single-window-kit"))
    assert kit("--version").stdout.startswith(f"kit {version('eu-single-window-kit')}, contract {CONTRACT_VERSION}")
    listed = kit("--help").stdout
    assert all(name in listed for name in ("new-adapter", "ask", "record", "conform"))
    assert "serve" not in listed
    assert kit("new-adapter", "licences").returncode == 0
    project = tmp_path / "licences-adapter"
    without = kit("conform", "licences", cwd=project)
    assert without.returncode == 1
    assert "eu-single-window-kit[simulators]" in " ".join(without.stdout.split()), without.stdout
    kit.bring(brought_by("eu-single-window-kit", "simulators"))
    examined = kit("conform", "licences", cwd=project)
    assert examined.returncode == 0, examined.stdout
    assert "0 to mend" in examined.stdout


def brought_by(project: str, *extras: str) -> set[str]:
    """What is installed with a project and extras of it, all the way down; not what is built from this tree."""
    seen: set[tuple[str, frozenset[str]]] = set()
    wanted = [(project, frozenset(extras))]
    while wanted:
        name, chosen = wanted.pop()
        if (name, chosen) not in seen:
            seen.add((name, chosen))
            needed = [Requirement(text) for text in distribution(name).requires or ()]
            wanted += [
                (canonicalize_name(one.name), frozenset(one.extras))
                for one in needed
                if one.marker is None or any(one.marker.evaluate({"extra": extra}) for extra in (*chosen, ""))
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
