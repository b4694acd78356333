"""What goes into a bundle is picked: whoever is named by anything else stays out."""

import json
from pathlib import Path

import pytest

from gateway.cli.support_bundle.harmless import figures, log_lines, timeline
from gateway.cli.support_bundle.told_settings import searched, told_settings
from gateway.domain.codec import encode
from gateway.settings import load
from tests.builders.running import REAL

NAME = "Zdenka Zachariasova"
ID = "6e0d9f3c-5a39-4d0f-9e0d-0123456789ab"


def test_who_is_named_by_a_label_is_a_number() -> None:
    told = list(
        figures(
            [
                ("gateway_commits_fell_apart_total", {"client": NAME}, 2.0),
                ("gateway_commits_fell_apart_total", {"client": "another"}, 1.0),
                ("gateway_held", {"finding": "SW-DEC-020"}, 3.0),
                ("gateway_connections", {}, 4.0),
            ]
        )
    )
    assert told == [
        'gateway_commits_fell_apart_total{client="client 1"} 2',
        'gateway_commits_fell_apart_total{client="client 2"} 1',
        'gateway_held{finding="SW-DEC-020"} 3',
        "gateway_connections 4",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            {"event": "order_not_sent", "logger": "gateway.dispatch.x", "adapter": "traces", "declaration": ID, "seconds": 1.5},
            {"event": "order_not_sent", "logger": "gateway.dispatch.x", "adapter": "traces", "declaration": ID, "seconds": 1.5},
        ),
        (
            {"event": f"pool of {NAME}", "logger": "psycopg.pool", "level": "warning", "client": NAME},
            {"event": "(left out)", "level": "warning"},
        ),
        (
            {"event": f"call of {NAME}", "logger": "gateway.api", "why": NAME, "detail": NAME, "correlation_id": NAME, NAME: 1},
            {"event": "(left out)", "logger": "gateway.api"},
        ),
        (
            {"event": "rule_failed", "logger": "gateway.x", "adapter": NAME, "declaration": "26FR000010000006A1", "code": NAME, "error": NAME},
            {"event": "rule_failed", "logger": "gateway.x"},
        ),
        ({"event": "x", "logger": "gateway.x", "timestamp": NAME}, {"event": "x", "logger": "gateway.x", "timestamp": None}),
        ([NAME], {"left_out": "a line that is no object"}),
    ],
)  # fmt: skip
def test_of_a_log_line_what_is_ours_goes_in(line: object, told: object) -> None:
    (found,) = log_lines([json.dumps(line)])
    assert json.loads(found) == told


def test_a_line_that_is_no_json_is_counted() -> None:
    assert list(log_lines([f"Traceback of {NAME}"])) == ['{"left_out":"a line that is no JSON"}']


def test_of_events_kinds_moments_and_codes_go_in() -> None:
    body = {
        "effect": "hold", "findings": ["SW-DEC-020"], "reason": NAME, "by": {"id": NAME}, "advice": f"ask {NAME}", "version": 1,
        "documents": [{"type": "N853", "reference": "CHEDP.FR.2026.1", "status": "pending", "cause": None, "authority": "traces"}],
        "movements": [{"number": 1, "reference": "CHEDP.FR.2026.1", "kind": "reserve", "state": "done", "lines": [NAME]}, NAME],
    }  # fmt: skip
    (told,) = timeline([{"seq": 3, "kind": "declaration.decided", "at": None, "text": json.dumps({"body": body})}])
    assert told == {
        "seq": 3, "kind": "declaration.decided", "at": None, "version": 1, "effect": "hold", "findings": ["SW-DEC-020"],
        "documents": [{"status": "pending", "cause": None, "authority": "traces"}],
        "movements": [{"number": 1, "kind": "reserve", "state": "done"}],
    }  # fmt: skip


def test_of_settings_numbers_switches_and_choices_go_in_and_whether_the_rest_is_set(tmp_path: Path) -> None:
    key = {
        "name": NAME,
        "person": "zdenka@broker.example",
        "role": "trader",
        "eoris": ["CZ12345678"],
        "hash": "cd" * 32,
    }
    environment = {
        **REAL,
        "GATEWAY_DATABASE_URL": f"postgresql://zdenka:hunter22@{'db'}.broker.example/gateway",
        "GATEWAY_SECURITY__KEYS": json.dumps([key]),
        "GATEWAY_SECURITY__PUBLIC_URL": "https://window.broker.example",
        "GATEWAY_SECURITY__DEMO_EORI": "CZ87654321",
        "GATEWAY_ADAPTERS__TRACES__CLIENT_KEY": str(tmp_path / "zdenka.key"),
        "GATEWAY_ADAPTERS__CATCH__SECRETS": json.dumps({"header_value": "env:OURS"}),
        "OURS": "hunter23",
        "GATEWAY_PROCESSES": "3",
        "GATEWAY_LOG_LEVEL": "warning",
    }
    settings = load(environment)
    told = told_settings(settings)
    assert (told["processes"], told["log_level"], told["database_url"]) == (3, "warning", "set")
    assert told["security"]["keys"] == {"how_many": 1, "roles": {"trader": 1}}
    assert told["adapters"]["traces"]["client_key"] == "set"
    assert told["adapters"]["catch"]["secrets"] == {"header_value": "env"}
    text = encode(told).decode().lower()
    hidden = (
        NAME,
        "zdenka",
        "broker.example",
        "CZ12345678",
        "CZ87654321",
        "hunter22",
        "hunter23",
        "cd" * 32,
        str(tmp_path),
    )
    assert [one for one in hidden if one.lower() in text] == []
    swept = searched(settings, environment)
    assert {NAME, "CZ12345678", "CZ87654321", "hunter22", "hunter23", "db.broker.example", "zdenka"} <= swept
    assert not any(one in text for one in swept), "what is told needs no sweep"
