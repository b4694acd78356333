"""The client's wheel is whole by itself."""

import sys
from pathlib import Path
from zipfile import ZipFile

from tests.builders.places import ROOT
from tests.builders.processes import ran


def test_the_wheel_holds_the_client_and_wants_nothing_of_the_gateway(tmp_path: Path) -> None:
    done = ran([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT / "client")
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as packed:
        names = packed.namelist()
        (about,) = (packed.read(name).decode() for name in names if name.endswith("METADATA"))
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"gateway_client"}
    assert {"gateway_client/py.typed", "gateway_client/synchronous.py"} <= set(names)
    wanted = {line.split(">")[0] for line in about.splitlines() if line.startswith("Requires-Dist: ")}
    assert wanted == {"Requires-Dist: httpx", "Requires-Dist: standardwebhooks", "Requires-Dist: tenacity"}
