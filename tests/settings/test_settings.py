"""The configuration: what is read from where, and every fault with its place."""

import os
from pathlib import Path

import pytest

from gateway.configured_rules import read_rules
from gateway.domain.errors import ConfigurationError, GatewayError
from gateway.settings import Role, SecurityMode, default_folder, load
from gateway.settings.tables import load_tables
from gateway.settings.toml.places import key_lines
from tests.builders.samples import build_native

HOME = {"HOME": "/home/somebody"}
HASH = "a" * 64


def configured(folder: Path, text: str) -> Path:
    (folder / "gateway.toml").write_text(text, encoding="utf-8")
    return folder


def faults(environment: dict[str, str], folder: Path | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        load({**HOME, **environment}, folder)
    return caught.value.faults


def test_the_delivered_configuration_has_no_fault() -> None:
    settings = load(HOME)
    assert settings.folder == default_folder()
    own = "/home/somebody/.local/share" if os.geteuid() else "/var/lib"
    assert settings.data_dir == Path(own) / "eu-single-window-gateway"
    assert settings.security.mode is SecurityMode.API_KEY
    assert set(settings.adapters) == {"traces", "catch", "dual_use", "cites", "eudr", "fgas"}
    assert {one.name for one in settings.enabled_adapters()} == {"traces", "catch", "dual_use", "cites"}
    assert settings.database_url is None


def test_the_environment_wins_over_the_file() -> None:
    settings = load(
        {
            **HOME,
            "GATEWAY_DATABASE_URL": "postgresql:///gateway",
            "GATEWAY_DATA_DIR": "/srv/gateway",
            "GATEWAY_LEASE_SECONDS": "2",
            "GATEWAY_ALLOW_DRAFT": "true",
            "GATEWAY_ADAPTERS__DUAL_USE__BASE_URL": "https://licences.example",
            "GATEWAY_ADAPTERS__DUAL_USE__IN_FLIGHT": "7",
            "GATEWAY_ADAPTERS__DUAL_USE__SECRETS__CLIENT_ID": "file:/run/secrets/id",
            "GATEWAY_ADAPTERS__CATCH__ENABLED": "false",
            "GATEWAY_ADAPTERS__CATCH__ALLOW_DRAFT": "true",
            "GATEWAY_FORMATS__WCO_DEC__SCHEMA": "/srv/wrapper_submit.xsd",
            "GATEWAY_LIMITS__BODY_BYTES": "1000",
            "GATEWAY_SECURITY__KEYS": f'[{{"name": "a", "hash": "{HASH}", "role": "trader", "eoris": ["FR1"]}}]',
        }
    )
    assert settings.database_url == "postgresql:///gateway"
    assert settings.data_dir == Path("/srv/gateway")
    assert settings.lease_seconds == 2
    assert settings.allow_draft is True
    assert (settings.adapters["catch"].allow_draft, settings.adapters["dual_use"].allow_draft) == (True, False)
    licences = settings.adapters["dual_use"]
    assert (licences.base_url, licences.in_flight) == ("https://licences.example", 7)
    assert licences.secrets["client_id"] == "file:/run/secrets/id"
    assert licences.places["base_url"] == "GATEWAY_ADAPTERS__DUAL_USE__BASE_URL"
    assert [config.name for config in settings.enabled_adapters()] == ["cites", "dual_use", "traces"]
    assert settings.schema_paths() == {"wco_dec": Path("/srv/wrapper_submit.xsd")}
    assert settings.limits.body_bytes == 1000
    (key,) = settings.security.keys
    assert (key.role, key.eoris) == (Role.TRADER, ("FR1",))


@pytest.mark.parametrize("limit", ["goods_items", "body_bytes"])
def test_a_limit_that_is_set_is_kept(limit: str) -> None:
    raw = build_native(items=2)
    assert read_rules(load(HOME)).formats.accept(raw, None).declaration.lrn
    with pytest.raises(GatewayError):
        read_rules(load({**HOME, f"GATEWAY_LIMITS__{limit.upper()}": "1"})).formats.accept(raw, None)


def test_another_folder_can_be_named(tmp_path: Path) -> None:
    configured(tmp_path, 'port = 1\n[formats.own]\nschema = "own.xsd"\n')
    settings = load({**HOME, "GATEWAY_CONFIG": str(tmp_path)})
    assert settings.port == 1
    assert settings.adapters == {}
    assert settings.schema_paths() == {"own": tmp_path / "own.xsd"}


def test_every_fault_is_said_at_once_with_its_line(tmp_path: Path) -> None:
    configured(
        tmp_path,
        """# a comment
lease_seconds = "long"
colour = "blue"

[security]
mode = "none"

[[security.keys]]
name = "a"
hash = "short"
role = "customs"

[[security.keys]]
name = "b"
hash = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
role = "king"

[adapters.traces]
package = "adapters.traces"
in_flight = 0
""",
    )
    found = faults({"GATEWAY_HOST": "0.0.0.0", "GATEWAY_SWEEPS": "1", "GATEWAY_PORT": "70000"}, tmp_path)
    file = str(tmp_path / "gateway.toml")
    for begins, tells in (
        (f"{file}:2: lease_seconds:", "valid number"),
        (f"{file}:3: colour:", "unknown key"),
        (f"{file}:6: security.mode none", "loopback"),
        (f"{file}:10: security.keys.0.hash:", "pattern"),
        (f"{file}:16: security.keys.1.role:", "customs"),
        (f"{file}:18: adapters.traces.base_url:", "GATEWAY_ADAPTERS__TRACES__BASE_URL"),
        (f"{file}:20: adapters.traces.in_flight:", "from 1 to"),
        ("GATEWAY_SWEEPS: sweeps:", "unknown key"),
        ("GATEWAY_PORT: port:", "65535"),
    ):
        matching = [fault for fault in found if fault.startswith(begins)]
        assert matching, f"{begins} is missing in {found}"
        assert tells in matching[0]
    assert len(found) == 9


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("port = ", "gateway.toml: is not TOML"),
        ("folder = 'x'", "gateway.toml:1: folder: unknown key"),
        (None, "cannot be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str | None, said: str) -> None:
    if text is not None:
        configured(tmp_path, text)
    (fault,) = faults({}, tmp_path)
    assert said in fault


def test_variables_of_tests_and_of_secrets_are_not_taken_for_settings() -> None:
    load({**HOME, "GATEWAY_CORPUS": "/x", "GATEWAY_TEST_DATABASE_URL": "postgresql:///t"})
    named = {"GATEWAY_ADAPTERS__CATCH__SECRETS__HEADER_VALUE": "env:GATEWAY_CATCH_KEY", "GATEWAY_CATCH_KEY": "secret"}
    assert load({**HOME, **named}).adapters["catch"].secrets["header_value"] == "env:GATEWAY_CATCH_KEY"
    (fault,) = faults({"GATEWAY_CATCH_KEY": "secret"})
    assert fault.startswith("GATEWAY_CATCH_KEY: ")
    assert "secret" not in fault


@pytest.mark.parametrize(
    ("host", "accepted"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
        ("10.0.0.1", False),
    ],
)
def test_the_open_mode_is_accepted_on_a_loopback_address_only(host: str, accepted: bool) -> None:
    settings = load({**HOME, "GATEWAY_SECURITY__MODE": "none"})
    if accepted:
        assert settings.serving(host=host, port=0).port == 0
        assert load({**HOME, "GATEWAY_SECURITY__MODE": "none", "GATEWAY_HOST": host}).host == host
    else:
        with pytest.raises(ConfigurationError, match="loopback"):
            settings.serving(host=host)
        assert "loopback" in faults({"GATEWAY_SECURITY__MODE": "none", "GATEWAY_HOST": host})[0]
    assert load(HOME).serving(host=host).host == host


def test_a_key_has_the_scope_of_its_role_and_a_name_of_its_own() -> None:
    one = f'{{"name": "a", "hash": "{HASH}", "role": "customs"}}'
    trader = f'{{"name": "b", "hash": "{"b" * 64}", "role": "trader"}}'
    twice = faults({"GATEWAY_SECURITY__KEYS": f"[{one}, {one}]"})
    assert "two keys or certificates have the same name" in twice[0]
    assert "eoris belong to the role trader" in faults({"GATEWAY_SECURITY__KEYS": f"[{trader}]"})[0]


def test_secrets_are_not_shown() -> None:
    assert "hunter2" not in repr(load({**HOME, "GATEWAY_DATABASE_URL": "postgresql://gateway:hunter2@db/gateway"}))
    assert "hunter2" not in faults({"GATEWAY_DATABASE_URL": "mysql://gateway:hunter2@db/gateway"})[0]


def test_a_variable_cannot_be_both_a_table_and_a_value() -> None:
    assert "port is a value, not a table" in faults({"GATEWAY_PORT__X": "1"})[0]


def test_lines_of_tables_and_keys_are_found() -> None:
    text = 'a = 1\n[b]\nc.d = 2\n"e f" = 3\n[[g]]\nh = 4\n[[g]]\nh = 5\n[g.i]\nj = 6\n'
    lines = key_lines(text)
    assert lines["a",] == 1
    assert lines["b", "c", "d"] == 3
    assert lines["b", "e f"] == 4
    assert (lines["g", 0, "h"], lines["g", 1, "h"]) == (6, 8)
    assert lines["g", 1, "i", "j"] == 10


def test_a_profile_is_one_that_is_there(tmp_path: Path) -> None:
    assert load(HOME).profile is None
    assert load({**HOME, "GATEWAY_PROFILE": "gb"}).profile == "gb"
    (fault,) = faults({"GATEWAY_PROFILE": "xx"})
    assert fault == "GATEWAY_PROFILE: profile: 'xx' is no profile; there are: gb"
    configured(tmp_path, 'port = 1\nprofile = "gb"\n')
    assert load(HOME, tmp_path).profile == "gb"
    (tmp_path / "formats").mkdir()
    (fault,) = faults({}, tmp_path)
    assert fault.endswith("gateway.toml:2: profile: 'gb' is no profile; there are: none")


@pytest.mark.parametrize(
    "line",
    [
        "port = true",
        "processes = false",
        "lease_seconds = true",
        "lease_seconds = nan",
        "sweep_seconds = 1e-300",
        "deadline_seconds = 1979-05-27",
        "retry_undetermined_seconds = inf",
        "retry_pending_seconds = nan",
        "settle_longest_seconds = 1e300",
        "settle_longest_seconds = 1",
        "ask_again_latest_seconds = 1",
        "abandoned_after_days = inf",
        "notices_days = 1e12",
        "backlog = 99999999999999999999",
        "overrun_declarations = 0",
        "adapter_step_seconds = inf",
        'host = ""',
        'host = "a b"',
        'data_dir = ""',
        'worker = "maybe"',
        'tables = ["x", 3]',
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    configured(tmp_path, f"# nothing\n{line}\n")
    (fault,) = faults({}, tmp_path)
    assert fault.startswith(f"{tmp_path / 'gateway.toml'}:2: {line.partition(' ')[0]}")


@pytest.mark.parametrize(
    "line",
    [
        "deadline_s = nan",
        "deadline_s = inf",
        "deadline_s = -1",
        "deadline_s = 0",
        'deadline_s = "soon"',
        "deadline_s = true",
        "in_flight = -1",
        "in_flight = 1.5",
        "max_bytes = 0",
        "max_bytes = 99999999999999999999",
        "requests_per_minute = -1",
        "enabled = 3",
        'enabled = "perhaps"',
        "ca_file = 5",
        "secrets = 5",
        'secrets = { header_value = ["env:X"] }',
        "account = [1]",
    ],
)
def test_a_setting_of_an_adapter_that_cannot_be_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    configured(tmp_path, f'[adapters.toy]\npackage = "toy"\nbase_url = "https://x.example"\n{line}\n')
    (fault,) = faults({}, tmp_path)
    assert fault.startswith(f"{tmp_path / 'gateway.toml'}:4: adapters.toy.{line.partition(' ')[0]}")


def test_the_figures_cannot_be_given_where_all_else_is(tmp_path: Path) -> None:
    configured(tmp_path, "port = 8000\nmetrics_port = 8000\n")
    (fault,) = faults({}, tmp_path)
    assert fault.startswith(f"{tmp_path / 'gateway.toml'}:2: metrics_port: 8000 is the port of all else")
    configured(tmp_path, "port = 8000\nmetrics_port = 8001\n")
    assert load(HOME, tmp_path).metrics_port == 8001
    configured(tmp_path, "port = 0\nmetrics_port = 0\n")
    assert load(HOME, tmp_path).metrics_port == 0


def test_an_adapter_may_be_given_less_than_a_second(tmp_path: Path) -> None:
    configured(tmp_path, '[adapters.toy]\npackage = "toy"\nbase_url = "https://x.example"\ndeadline_s = 0.5\n')
    assert load(HOME, tmp_path).adapters["toy"].deadline_s == 0.5


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("GATEWAY_CONFG", "GATEWAY_CONFG: confg: unknown key; did you mean GATEWAY_CONFIG?"),
        ("GATEWAY_DATABASE_URI", "did you mean GATEWAY_DATABASE_URL?"),
        ("GATEWAY_LIMIT__BODY_BYTES", "did you mean GATEWAY_LIMITS__BODY_BYTES?"),
        ("GATEWAY_LIMITS__BODY_BYTE", "did you mean GATEWAY_LIMITS__BODY_BYTES?"),
        ("GATEWAY_ADAPTERS__TRACE__BASE_URL", "did you mean adapters.traces?"),
        ("GATEWAY_QUITE_ANOTHER", "unknown key"),
    ],
)
def test_a_misspelt_variable_is_told_with_the_one_that_was_meant(variable: str, said: str) -> None:
    assert any(said in fault for fault in faults({variable: "x"}))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("databse_url = 'x'", "did you mean 'database_url'?"),
        ("[security]\nmodes = 'none'", "security.modes: unknown key; did you mean 'mode'?"),
        ("[limit]\nbody_bytes = 1", "limit: unknown key; did you mean 'limits'?"),
        ("[[security.keys]]\nname = 'a'\nhsah = 'a'\nrole = 'customs'", "did you mean 'hash'?"),
    ],
)
def test_a_misspelt_key_is_told_with_the_one_that_was_meant(tmp_path: Path, text: str, said: str) -> None:
    assert any(said in fault for fault in faults({}, configured(tmp_path, text)))


def test_a_misspelt_folder_is_told_with_the_one_that_was_meant(tmp_path: Path) -> None:
    (tmp_path / "gateway").mkdir()
    (fault,) = faults({"GATEWAY_CONFIG": str(tmp_path / "gatway")})
    assert f"did you mean {tmp_path}/gateway/gateway.toml?" in fault
    (tmp_path / "gateway" / "mesages").mkdir()
    (fault,) = faults({"GATEWAY_CONFIG": str(configured(tmp_path / "gateway", "port = 1"))})
    assert fault.endswith("gateway/mesages: is not read; did you mean 'messages'?")
    with pytest.raises(ConfigurationError, match=r"no such folder of tables; did you mean .*/gateway\?"):
        load_tables(default_folder(), tmp_path / "gatewy")
