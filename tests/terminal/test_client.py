"""The gateway that a command calls: in which language, with which key, and what its replies come to."""

from pathlib import Path

import pytest

from gateway.settings import load
from gateway.terminal.client import Reply, language_of, read_key
from gateway.terminal.exits import Exit, gravest
from tests.cli.typed import gateway


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "fr_BE.UTF-8"}, "fr-BE"),
        ({"LANG": "de"}, "de"),
        ({"LANG": "de_AT@euro"}, "de-AT"),
        ({"LANG": "fr_FR", "LC_ALL": "de_DE.UTF-8"}, "de-DE"),
        ({"LANG": "fr_FR", "LC_ALL": ""}, "fr-FR"),
        ({"LANG": "C"}, None),
        ({"LANG": "C.UTF-8"}, None),
        ({"LANG": "POSIX"}, None),
        ({"LANG": "fr\r\nX: y"}, None),
        ({}, None),
    ],
)
def test_submit_asks_in_the_language_of_the_terminal(environment: dict[str, str], language: str | None) -> None:
    assert language_of(environment) == language


def test_gravest_of_many_counts() -> None:
    def reply(effect: str) -> Reply:
        return Reply(status=200, body={"decision": {"effect": effect}})

    assert reply("release").outcome is Exit.RELEASE
    assert Reply(status=202, body={"state": "processing", "decision": None}).outcome is Exit.HOLD
    assert Reply(status=422, body={}).outcome is Exit.NOT_ACCEPTED
    assert reply("something new").outcome is Exit.HOLD
    assert gravest([reply("hold").outcome, reply("refuse").outcome, reply("release").outcome]) is Exit.REFUSE


def test_a_key_is_never_taken_from_the_command_line(tmp_path: Path) -> None:
    for command in (
        ["submit", __file__],
        ["explain", "00000000-0000-4000-8000-000000000000", "--url=http://127.0.0.1:1"],
        ["approvals", "list"],
        ["contingency", "list"],
    ):
        done = gateway(*command, "--api-key", "s3cret-of-somebody")
        assert done.returncode == 64, done.stdout + done.stderr
        assert "file:PATH" in done.stderr
        assert "s3cret" not in done.stdout + done.stderr
        for where in ("env:NOT_SET", f"file:{tmp_path}/nothing", f"file:{tmp_path}"):
            assert gateway(*command, "--api-key", where).returncode == 64


def test_a_key_comes_from_a_file_or_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "key").write_text("of the file\n", encoding="utf-8")
    assert read_key(f"file:{tmp_path}/key") == "of the file"
    monkeypatch.setenv("SOME_KEY", "of a variable")
    assert read_key("env:SOME_KEY") == "of a variable"
    assert read_key(None) is None
    monkeypatch.setenv("GATEWAY_API_KEY", "of the gateway's own")
    assert read_key(None) == "of the gateway's own"
    # It is no setting that the gateway could not know.
    load({"GATEWAY_API_KEY": "of the gateway's own"})
