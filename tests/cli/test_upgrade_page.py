"""`docs/operators-upgrade.md`: what it has an operator type works, in this order."""

import re
import shlex
import uuid
from pathlib import Path

import psycopg

from tests.builders.commands import gateway_command
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import REAL, clean_environment
from tests.data.make import program

PAGE = ROOT / "docs" / "operators-upgrade.md"
ROLE = "gateway_serving"


def test_what_the_page_has_an_operator_type_works(tmp_path: Path, database_url: str) -> None:
    role = f"role_{uuid.uuid4().hex}"
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    lines = "".join(blocks).replace(ROLE, role).splitlines()
    own = {**clean_environment(), **REAL, "GATEWAY_DATABASE_URL": database_url}
    told = []
    try:
        for line in lines:
            program_named, *arguments = shlex.split(line.replace('"$GATEWAY_DATABASE_URL"', shlex.quote(database_url)))
            if program_named == "gateway":
                done = gateway_command(own, *arguments)
            else:
                done = ran([program(program_named), *arguments], env=own, cwd=tmp_path)
            assert done.returncode == 0, (line, done.stdout, done.stderr)
            told += done.stdout.splitlines()
        assert told == [
            "the schema is the newest",
            "tables  digest  in force from    ordered by  reason  loosens",
            "the schema is the newest",
            "no after-step waits",
            "CREATE ROLE",
            "the schema is the newest",
            f"role {role}: it has the rights to serve, and changes no table; a statement ends after 15 s at the latest",
        ]
    finally:
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(f"DROP OWNED BY {role}".encode())
            connection.execute(f"DROP ROLE {role}".encode())
