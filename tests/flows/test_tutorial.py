"""The afternoon of docs/adapters.md: an out-of-tree package by the page's own commands, from nothing to a decision by it."""

import json
import re
import shutil
import sys
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from adapters.simulation import simulator_process
from tests.adapters.partner import FILES, GUIDE
from tests.builders.databases import Databases
from tests.builders.places import CONFIG
from tests.builders.processes import PATIENCE_S, ran
from tests.builders.running import clean_environment, served

pytestmark = pytest.mark.whole

AFTERNOON = GUIDE[GUIDE.index("## An afternoon") : GUIDE.index("## The authority of this page")]
COMMANDS = re.findall(r"^```sh\n(.*?)^```$", AFTERNOON, re.MULTILINE | re.DOTALL)
GATEWAY_TOML, DOCUMENTS_TOML = re.findall(r"^```toml\n(.*?)^```$", AFTERNOON, re.MULTILINE | re.DOTALL)
KEY = "timber-simulator-key"
OTHERS = {
    f"{name}": "-"
    for name in (
        "TRACES_AUTHENTICATION_KEY",
        "CATCH_API_KEY",
        "DUAL_USE_CLIENT_ID",
        "DUAL_USE_CLIENT_SECRET",
        "CITES_API_KEY",
    )
}
LICENCE = {
    "messageIdentification": "TIMBER-1", "preparationDateAndTime": "2026-03-02T08:15:00Z", "LRN": "TIMBER-1", "version": 1, "dataset": "H1",
    "declarationType": "IM", "additionalDeclarationType": "A", "CustomsOffice": {"referenceNumber": "FR001260"},
    "Declarant": {"identificationNumber": "FR12345678901234"}, "Importer": {"identificationNumber": "FR12345678901234"},
    "GoodsShipment": {"countryOfDispatch": "ID", "countryOfDestination": "FR", "GoodsItem": [{
        "goodsItemNumber": 1, "Procedure": {"requestedProcedure": "40", "previousProcedure": "00"}, "countryOfOrigin": "ID",
        "Commodity": {
            "descriptionOfGoods": "Sawn teak", "harmonizedSystemSubHeadingCode": "440723", "combinedNomenclatureCode": "10",
            "GoodsMeasure": {"grossMass": "2100", "netMass": "2000"},
        },
        "SupportingDocument": [{"sequenceNumber": 1, "type": "C690", "referenceNumber": "ID/17"}],
    }]},
}  # fmt: skip


class Afternoon:
    """An environment of its own, with the gateway and nothing of the partner's, and where one stands in it."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.here = folder / "environment/bin", folder
        site = next((Path(sys.prefix) / "lib").glob("python*/site-packages"))
        ran([sys.executable, "-m", "venv", "--without-pip", str(self.bin.parent)], check=True)
        own = next(self.bin.parent.glob("lib/python*/site-packages"))
        # The libraries and the gateway of the tests' environment, which is not changed.
        (own / "shared.pth").write_text(f"import site; site.addsitedir({str(site)!r})\n")
        uv = Path(sys.executable).with_name("uv")
        self._script("gateway", f'exec "{self.bin}/python" -m gateway.cli "$@"')
        self._script("pip", f'exec "{uv}" pip "$@" --quiet --offline --python "{self.bin}/python"')
        self.variables = {**clean_environment(), "PATH": f"{self.bin}:/usr/bin:/bin", "COLUMNS": "200"}
        self.variables.pop("PYTHONPATH", None)

    def _script(self, name: str, text: str) -> None:
        (self.bin / name).write_text(f"#!/bin/sh\n{text}\n")
        (self.bin / name).chmod(0o755)

    def types(self, commands: str) -> CompletedProcess[str]:
        """Types the commands of a block, as they stand on the page."""
        told = f"set -e\n{commands}\npwd > {self.bin}/here"
        done = ran(["sh", "-c", told], cwd=self.here, env=self.variables)
        assert done.returncode == 0, f"{commands}\n{done.stdout}\n{done.stderr}"
        self.here = Path((self.bin / "here").read_text().strip())
        return done


def test_an_afternoon_leads_from_nothing_to_a_decision(tmp_path: Path, databases: Databases) -> None:
    afternoon = Afternoon(tmp_path)
    skeleton, asking, recording, wheel, proving = COMMANDS
    assert "3 recordings, 0 to mend" in afternoon.types(skeleton).stdout
    assert afternoon.here == tmp_path / "timber-adapter"
    for name, content in FILES["adapters.md"].items():
        assert (afternoon.here / name).is_file(), "the skeleton has a file in each place"
        (afternoon.here / name).write_text(content, encoding="utf-8")
    assert "\nvalid\n" in afternoon.types(asking).stdout
    recorded = afternoon.types(recording).stdout
    assert "timber/exchanges/refused_id_18.toml: refused" in recorded
    assert "3 recordings, 0 to mend" in recorded
    afternoon.types(wheel)
    (package,) = afternoon.bin.parent.glob("lib/python*/site-packages/timber")
    assert (package / "exchanges/not_found_xx_1.toml").is_file()

    afternoon.here = tmp_path  # the operator's: nothing of the project is on the path
    configuration = tmp_path / "config"
    shutil.copytree(CONFIG, configuration)
    top, _, table = GATEWAY_TOML.partition("\n\n")
    file = configuration / "gateway.toml"
    file.write_text(f"{top}\n{file.read_text()}\n{table}")
    (configuration / "national").mkdir()
    (configuration / "national/documents.toml").write_text(DOCUMENTS_TOML)
    with databases.one() as url, pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(package.parent))
        with simulator_process("timber") as (office,):
            more = {
                **OTHERS, "GATEWAY_CONFIG": str(configuration), "GATEWAY_DATABASE_URL": url, "TIMBER_API_KEY": KEY,
                "GATEWAY_ADAPTERS__TIMBER__BASE_URL": office,
            }  # fmt: skip
            afternoon.variables |= more
            told = afternoon.types(proving).stdout
            assert "tier: proven" in told
            assert "adapter timber: Timber licences (proven): C690" in told
            patch.delenv("PYTHONPATH")
            with (
                served(more, python=str(afternoon.bin / "python"), folder=tmp_path) as gateway,
                gateway.client() as client,
            ):
                body = json.dumps({"Declaration": LICENCE}).encode()
                reply = client.lodge(body, "application/json", wait_s=PATIENCE_S)
    assert reply.taken, reply.body
    (document,) = [one for one in reply.body["documents"] if one["type"] == "C690"]
    assert (document["reference"], document["status"], document["authority"]) == ("ID/17", "valid", "timber"), document
    assert reply.effect == "release", reply.body["decision"]
