"""The command line: what it is called with, and what it ends with."""

import shutil
import sys
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest
import structlog

from gateway.cli.command_line import run_command
from gateway.domain.errors import ConfigurationError, NotKnown, StoreUnavailable
from gateway.settings import default_folder
from tests.builders.commands import command_line, ran_here
from tests.builders.places import CONFIG
from tests.builders.processes import ran
from tests.builders.running import clean_environment
from tests.cli.typed import gateway, gateway_apart


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("submit",),
        ("submit", "no-such-file.xml"),
        ("serve", "--port", "many"),
        ("serve", "--processes", "0"),
        ("audit",),
        ("replay",),
        ("settle", "--since", "yesterday"),
        ("settle", "--since", "2026-11-24T02:00:00"),
        ("settle", "--all", "--since", "2026-11-24T02:00:00Z"),
        ("settle", "--all", "00000000-0000-4000-8000-000000000000"),
    ],
)
def test_what_is_not_understood_ends_with_64(arguments: tuple[str, ...]) -> None:
    done = gateway(*arguments)
    assert done.returncode == 64
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [(), ("nonsense",), ("settle", "--since", "yesterday")])
def test_a_process_ends_and_says_as_the_command_does_here(arguments: tuple[str, ...]) -> None:
    """What the other tests of commands stand on, which run them in the process of the tests."""
    apart, here = gateway_apart(*arguments), gateway(*arguments)
    assert apart.returncode == here.returncode == 64
    assert (apart.stdout, apart.stderr) == (here.stdout, here.stderr)


@pytest.mark.parametrize("group", ["", "tables "])
def test_help_imports_no_room_and_no_command(group: str) -> None:
    script = (
        "import sys; from gateway.cli.command_line import app, run_command;"
        f"run_command(lambda: app('{group}--help'.split(), standalone_mode=False));"
        "rooms = ('gateway.app', 'gateway.store', 'lxml', 'httpx', 'fastapi');"
        "sys.exit(any(name in rooms or name.startswith('gateway.cli.commands.') for name in sys.modules))"
    )
    assert ran([sys.executable, "-c", script]).returncode == 0


def test_submit_needs_no_server_parts() -> None:
    script = (
        "import sys; import gateway.cli.commands.submit;"
        "sys.exit(any(name in sys.modules for name in ('gateway.app', 'gateway.store', 'lxml', 'fastapi', 'psycopg')))"
    )
    assert ran([sys.executable, "-c", script]).returncode == 0


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigurationError(("config/gateway.toml:3: port: no number",)), 78),
        (StoreUnavailable("gone"), 69),
        (NotKnown("no such declaration"), 30),
        (ZeroDivisionError("a fault of ours"), 70),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_way_of_failing_has_its_status(
    error: BaseException, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        raise error

    assert run_command(fail) == status
    if status not in {130}:
        assert str(error) in capsys.readouterr().err


def test_submit_to_nobody_is_not_accepted(tmp_path: Path) -> None:
    file = tmp_path / "one.xml"
    file.write_text("<a/>")
    done = gateway("submit", str(file), "--url", "http://127.0.0.1:9")
    assert done.returncode == 30
    assert "does not answer" in done.stdout


def test_new_key_is_shown_once_with_the_table_that_holds_its_digest() -> None:
    done = gateway_apart(
        "api-key", "new", 'Example "Trading"', "--role", "trader", "--eori", "FR12345678901234", "--print-only"
    )
    assert done.returncode == 0
    key = done.stdout.splitlines()[0].rpartition(" ")[2]
    (row,) = tomllib.loads(done.stdout)["security"]["keys"]
    assert row == {
        "name": 'Example "Trading"',
        "hash": sha256(key.encode()).hexdigest(),
        "role": "trader",
        "eoris": ["FR12345678901234"],
    }
    assert gateway("api-key", "new", "x", "--role", "trader").returncode == 78
    assert gateway("api-key", "new", "x", "--role", "king").returncode == 78


def test_who_may_do_what_is_printed_for_a_role() -> None:
    everything, officers, german = (
        gateway("access", *options).stdout for options in ((), ("--role", "officer"), ("--language", "de"))
    )
    assert "lodge a declaration" in everything
    assert "lodge a declaration" not in officers
    assert "release against the decision" in officers
    assert "eine Anmeldung abgeben" in german
    assert gateway("access", "--role", "king").returncode == 64


def test_check_names_every_fault(tmp_path: Path) -> None:
    (tmp_path / "gateway.toml").write_text('port = "many"\nnonsense = 1\n')
    done = gateway_apart("check", GATEWAY_CONFIG=str(tmp_path))
    assert done.returncode == 78
    assert "gateway.toml:1" in done.stderr
    assert "gateway.toml:2" in done.stderr
    # Tables, formats and texts of a folder that has settings alone are the delivered ones; routes without their adapters are faults.
    assert "cp -rn" not in done.stderr
    (tmp_path / "formats").mkdir()
    done = gateway("check", GATEWAY_CONFIG=str(tmp_path))
    # Beside what is delivered, all of it has to be there: one fault, with what is to be done.
    (bare,) = (line for line in done.stderr.splitlines() if line.startswith(f"{tmp_path}: "))
    assert f"cp -rn {default_folder()}/. {tmp_path}/" in bare


def test_check_names_faults_of_settings_tables_texts_and_adapters_together(tmp_path: Path) -> None:
    folder = tmp_path / "config"
    shutil.copytree(default_folder(), folder)
    settings = folder / "gateway.toml"
    settings.write_text(
        f'nonsense = 1\n{settings.read_text()}\n[adapters.gone]\npackage = "gone"\nbase_url = "https://gone.example"\n'
    )
    for name, text in (("answers.toml", "[[colour]]\n"), ("messages/pages.fr.toml", "[[colour]]\n")):
        (folder / name).write_text((folder / name).read_text() + text)
    schema = folder / "formats"
    (schema / "made_up.toml").write_text("colour = 1\n")
    done = gateway("check", GATEWAY_CONFIG=str(folder), GATEWAY_ADAPTERS__TRACES__PACKAGE="")
    assert done.returncode == 78
    for told in (
        "nonsense: unknown key",
        "adapters.traces.package: a text is needed",
        "adapters.gone.package: no package 'gone'",
        "unknown table or key 'colour'",
        "pages.fr.toml",
        "made_up.toml",
    ):
        assert told in done.stderr, told


@pytest.mark.whole
def test_check_finds_no_fault_in_what_is_delivered() -> None:
    done = gateway("check", "--cases", "tests/cases")
    assert done.returncode == 0, done.stderr
    assert "no fault" in done.stdout


FACTS = "check_code,ched_type,status,decision_kind,decision_value"
ACCEPTED = "H222,CVEDP,VALIDATED,acceptable,Acceptable for Internal Market"


@pytest.mark.parametrize(
    ("table", "status", "out", "told"),
    [
        (f"{FACTS}\n{ACCEPTED}\n", 0, f"{ACCEPTED},C03,", "1 rows"),
        (f"{FACTS},expected_code\n{ACCEPTED},C03\n", 0, f"{ACCEPTED},C03,C03,", "1 rows, 1 agree, 0 differ"),
        (f"{FACTS},expected_code\n{ACCEPTED},N04\n", 1, f"{ACCEPTED},N04,C03,", "facts.csv:2: expected N04"),
        (f"{FACTS},colour\n{ACCEPTED},red\n", 64, "", "facts.csv:1: 'colour' is no column"),
        (f"{FACTS},condition\n{ACCEPTED},HMI=?\n", 64, "", "facts.csv:2: condition: 'HMI=?' cannot be read"),
        (f"{FACTS}\n", 64, "", "0 rows"),
        (f"{FACTS}\nH222\n", 0, "H222,,,,,X00,E84", "1 rows"),
        ("", 64, "", "a line of column names is needed"),
    ],
)
def test_a_table_of_facts_is_judged_by_another_administration_s_matrix(
    tmp_path: Path, table: str, status: int, out: str, told: str
) -> None:
    (tmp_path / "facts.csv").write_text(table, encoding="utf-8")
    done = gateway("profile", "gb", "--facts", str(tmp_path / "facts.csv"), "--on", "2026-11-25")
    assert done.returncode == status, done.stderr
    assert out in done.stdout.splitlines() or not out
    assert told in done.stderr


def test_a_profile_tells_what_it_asks_about_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = gateway_apart("profile", "gb")
    assert done.returncode == 0
    assert "column check_code: H218" in done.stdout
    assert "in a decision: status: from authority_status" in done.stdout
    assert "in a decision: hmi: not known" in done.stdout
    (tmp_path / "gateway.toml").write_text("port = 1\n")
    assert gateway("profile", "gb", GATEWAY_CONFIG=str(tmp_path)).returncode == 0
    done = gateway("profile", "xx")
    assert (done.returncode, done.stderr) == (78, "profiles/xx: there is no such profile; there are: gb\n")


def test_why_the_database_does_not_answer_is_told_and_no_password() -> None:
    done = gateway("migrate", GATEWAY_DATABASE_URL="postgresql://gateway:xgeheim1@127.0.0.1:1/none")
    assert done.returncode == 69
    assert done.stderr.startswith("SW-STO-003: The database does not answer. ")
    assert 'connection to server at "127.0.0.1", port 1 failed: Connection refused' in done.stderr
    assert "xgeheim1" not in done.stderr


@pytest.mark.whole
def test_a_working_folder_that_is_gone_stops_no_command(tmp_path: Path) -> None:
    stands = tmp_path / "gone"
    stands.mkdir()
    command = 'rmdir "$PWD"; exec "$@"'
    own = {**clean_environment(), "GATEWAY_CONFIG": str(CONFIG)}
    done = ran(["bash", "-c", command, "bash", *command_line("check")], env=own, cwd=stands)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "no fault"), done.stderr


def test_a_command_that_runs_here_leaves_logging_as_it_was() -> None:
    log = structlog.get_logger("of.this.test")
    before = structlog.get_config()
    ran_here({"GATEWAY_LOG_LEVEL": "critical", "GATEWAY_DATABASE_URL": "postgresql://127.0.0.1:1/x"}, "settle")
    log.warning("used")
    assert structlog.get_config() == before
    with structlog.testing.capture_logs() as logged:
        log.warning("told")
    assert [line["event"] for line in logged] == ["told"]
