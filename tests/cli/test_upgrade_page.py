"""`docs/operators-upgrade.md`: what it has an operator type works, in this order and in one shell."""

import re
import sys
import uuid
from pathlib import Path

import psycopg

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import REAL, clean_environment
from tests.data.make import program

PAGE = ROOT / "docs" / "operators-upgrade.md"
ROLE = "gateway_serving"


def test_what_the_page_has_an_operator_type_works(tmp_path: Path, database_url: str) -> None:
    role = f"role_{uuid.uuid4().hex}"
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    typed = "set -e\n" + "".join(blocks).replace(ROLE, role)
    own = {**clean_environment(), **REAL, "GATEWAY_DATABASE_URL": database_url, "HOME": str(tmp_path)}
    own["PATH"] = f"{Path(sys.executable).parent}:{Path(program('psql')).parent}:{own['PATH']}"
    try:
        done = ran(["bash", "-c", typed], env=own, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        told = done.stdout.splitlines()
        assert told[:3] == ["the schema is the newest", "the schema is the newest", "no after-step waits"]
        assert told[-1].startswith(f"role {role}: it has the rights to serve, and changes no table")
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())
