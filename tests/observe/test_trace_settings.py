"""Where spans are sent, and how what is wrong about it is told: by `gateway check` and at the start, with what to do."""

import sys

import pytest

from gateway import parts
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from tests.builders.commands import ran_here

ENDPOINT = "GATEWAY_TRACES__ENDPOINT"
FAULTY = {
    "127.0.0.1:4318": "a URL such as",
    "grpc://collector:4317": "a URL such as",
    "http://": "a URL such as",
    "http://collector:0/": "a URL such as",
    "http://collector:99999/": "a URL such as",
    "http://collector/v1/traces?key=1": "without `?` and `#`",
    "https://reader:Pa55word@collector/": "without name and password",
}


@pytest.mark.parametrize(("url", "told"), FAULTY.items())
def test_what_is_no_endpoint_is_refused_and_no_password_repeated(url: str, told: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load({ENDPOINT: url})
    (fault,) = caught.value.faults
    assert fault.startswith(f"{ENDPOINT}: traces.endpoint: ")
    assert told in fault
    assert "Pa55word" not in fault


def test_a_path_is_only_made_up_where_there_is_none() -> None:
    assert load({}).traces.endpoint is None
    assert load({ENDPOINT: "http://127.0.0.1:4318"}).traces.endpoint == "http://127.0.0.1:4318/v1/traces"
    assert load({ENDPOINT: "http://127.0.0.1:4318/"}).traces.endpoint == "http://127.0.0.1:4318/v1/traces"
    assert load({ENDPOINT: "https://collector/otlp/v1/traces"}).traces.endpoint == "https://collector/otlp/v1/traces"


@pytest.mark.parametrize("share", ["-0.1", "1.1", "half"])
def test_a_share_is_between_nothing_and_all(share: str) -> None:
    with pytest.raises(ConfigurationError, match=r"traces\.share"):
        load({"GATEWAY_TRACES__SHARE": share})


def test_an_extra_that_is_not_installed_is_told_of_before_anything_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    environment = {ENDPOINT: "http://127.0.0.1:4318"}
    assert parts.traces_fault(load(environment)) is None
    for name in [name for name in sys.modules if name.startswith("opentelemetry.proto")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "opentelemetry.proto", None)
    assert parts.traces_fault(load({})) is None
    with (
        pytest.raises(ConfigurationError, match=r"pip install 'eu-single-window-gateway\[traces\]'"),
        parts.traces(load(environment)),
    ):
        pass
    done = ran_here({**environment, "GATEWAY_SIMULATORS": "true"}, "check")
    assert done.returncode == 78
    assert "pip install 'eu-single-window-gateway[traces]'" in done.stderr + done.stdout
