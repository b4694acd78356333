"""A manifest is judged before any code behind it is imported, and every fault is named."""

import pytest

from gateway.contract import CONTRACT_VERSION, ManifestFault, parse_manifest

GOOD = """
contract = "1.0"
name = "wine"
title = "Wine certificates"
authority = "Wine Office"
contact = "wine@example.org"
entry_point = "adapter:WineAdapter"
document_types = ["C999"]
[limits]
deadline_s = 5
"""


WRONG_KEYS = (
    'capabilities = "verify"',
    "capabilities = []",
    'capabilities = ["verify", 1]',
    'capabilities = ["fly"]',
    'secrets = "signing_key"',
    'secrets = ["a", "a"]',
    'secrets = ["Signing-Key"]',
    'secrets = ["base_url"]',
    'settings = "account"',
    'settings = ["deadline_s"]',
    'idempotent = "false"',
    "idempotent = 0",
    'position = "no"',
    'tier = "proven"',
    "tier = true",
    'isolation = "none"',
    "isolation = 1",
    'identity = "adapter"',
    "simulator = 5",
    'simulator = "simulator.py"',
    "optional_settings = 5",
    'optional_settings = ["account"]',
)
WRONG_AUTH = (
    "kinds = []",
    'kinds = "basic"',
    "kinds = [1]",
    'kinds = ["basic", "basic"]',
    'kinds = ["none", "basic"]',
    'kinds = ["basic", "oauth2_client_credentials"]',
    'kinds = ["header", "basic"]',
    'header = "X Key"',
    'header = ""',
    'header = "Content-Length"',
    "header = 1",
    'token_path = "token"',
    'scope = "a\\nb"',
    'token_url = "https://login.example/token"',
    "token_url = 5",
    "secret = 1",
)
WRONG_LIMITS = (
    "deadline_s = nan",
    "deadline_s = inf",
    "deadline_s = -1",
    "deadline_s = true",
    "in_flight = 0",
    "in_flight = -5",
    "in_flight = 1.5",
    "in_flight = 99999999",
    "max_bytes = -1",
    "max_bytes = 99999999999999",
    "round_trips = 0",
    "requests_per_minute = -1",
    'requests_per_minute = "many"',
)
WRONG_OPTIONAL = (
    "[optional_settings]\naccount = 5",
    '[optional_settings]\nbase_url = "x"',
    '[optional_settings]\n"two words" = "x"',
)


def test_a_good_manifest_is_read() -> None:
    manifest = parse_manifest(GOOD)
    assert (manifest.name, manifest.document_types, manifest.limits.deadline_s) == ("wine", ("C999",), 5)
    assert manifest.limits.in_flight == 32


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (('contract = "1.0"', 'contract = "2.0"'), "contract"),
        (('name = "wine"', 'name = "../wine"'), "name"),
        (('["C999"]', '["C9999"]'), "document_types"),
        (('["C999"]', "[]"), "document_types"),
        (('"adapter:WineAdapter"', '"adapter.py"'), "entry_point"),
        (("deadline_s = 5", 'deadline_s = "5"'), "limits.deadline_s"),
        (("deadline_s = 5", "deadline = 5"), "limits.deadline"),
        (("deadline_s = 5", "deadline_s = 0"), "limits"),
        (('title = "Wine certificates"', 'titel = "Wine certificates"'), "titel"),
        (('title = "Wine certificates"', ""), "title"),
        (('name = "wine"', 'name = "wine"\nidentity = "adapter.py"'), "identity"),
        (('name = "wine"', 'name = "wine"\nidentity = 5'), "identity"),
        (("[limits]", '[auth]\nkinds = ["magic"]\n[limits]'), "auth.kinds"),
        *((('name = "wine"', f'name = "wine"\n{line}'), line.partition(" =")[0]) for line in WRONG_KEYS),
        *((("[limits]", f"[auth]\n{line}\n[limits]"), f"auth.{line.partition(' =')[0]}") for line in WRONG_AUTH),
        *((("deadline_s = 5", line), f"limits.{line.partition(' =')[0]}") for line in WRONG_LIMITS),
        *((("[limits]", f"{line}\n[limits]"), "optional_settings") for line in WRONG_OPTIONAL),
        (('contract = "1.0"', "contract = 1.0"), "contract: a text"),
        (('contract = "1.0"', 'contract = "1.\u0663"'), "contract"),
        (('title = "Wine certificates"', 'title = "  "'), "title"),
        (('title = "Wine certificates"', 'title = "Wine\\ncertificates"'), "title"),
        (('title = "Wine certificates"', 'title = "' + "x" * 501 + '"'), "title"),
        (('["C999"]', '"C999"'), "document_types: a list"),
        (('["C999"]', '["C999", 5]'), "document_types: a list"),
        (('["C999"]', '["C999", "C999"]'), "document_types: 'C999' stands twice"),
        (('document_types = ["C999"]', ""), "document_types: it is missing"),
        (
            ('document_types = ["C999"]', 'document_types = ["C999"]\ncapabilities = ["suspensions"]'),
            "document_types: nothing that",
        ),
        (('"adapter:WineAdapter"', '"a..b:C"'), "entry_point"),
        (('"adapter:WineAdapter"', "5"), "entry_point"),
        (('name = "wine"', "name = " + "[" * 2_000), "not TOML"),
        (('name = "wine"', "name = '" + "x" * 1_000_001 + "'"), "not a manifest"),
    ],
)
def test_a_bad_one_is_refused_by_name(change: tuple[str, str], named: str) -> None:
    with pytest.raises(ManifestFault) as refused:
        parse_manifest(GOOD.replace(*change))
    assert any(fault.startswith(named) for fault in refused.value.faults)


OAUTH = 'kinds = ["oauth2_client_credentials"]\ntoken_url = "https://login.example/oauth2/token"\n'


def with_auth(lines: str, keys: str = "") -> str:
    return GOOD.replace('name = "wine"', f'name = "wine"\n{keys}').replace("[limits]", f"[auth]\n{lines}\n[limits]")


def test_tokens_may_be_given_by_another_host() -> None:
    assert parse_manifest(with_auth(OAUTH)).auth.token_url == "https://login.example/oauth2/token"
    assert parse_manifest(GOOD).auth.token_url == ""


@pytest.mark.parametrize(
    ("lines", "keys", "named"),
    [
        (OAUTH + 'token_path = "/token"', "", "auth.token_url: it stands in place of auth.token_path"),
        (OAUTH.replace("login", "l\u00f6gin"), "", "auth.token_url: printable ASCII"),
        (OAUTH, 'settings = ["token_url"]', "settings: 'token_url' is the gateway's own"),
        (OAUTH, 'secrets = ["token_url"]', "secrets: 'token_url' is the gateway's own"),
    ],
)
def test_where_tokens_are_given_is_said_once(lines: str, keys: str, named: str) -> None:
    with pytest.raises(ManifestFault) as refused:
        parse_manifest(with_auth(lines, keys))
    (fault,) = refused.value.faults
    assert fault.startswith(named)


def test_a_setting_of_that_name_stays_the_adapters_without_such_a_host() -> None:
    assert parse_manifest(GOOD.replace('name = "wine"', 'name = "wine"\nsettings = ["token_url"]')).settings == (
        "token_url",
    )


def test_the_version_that_is_spoken_is_the_one_that_is_told() -> None:
    with pytest.raises(ManifestFault, match=rf"'2\.0' is not spoken here \({CONTRACT_VERSION} is\)"):
        parse_manifest(GOOD.replace('contract = "1.0"', 'contract = "2.0"'))


def test_all_faults_come_at_once() -> None:
    bad = GOOD.replace('name = "wine"', 'name = "W"').replace('"adapter:WineAdapter"', '"x"')
    with pytest.raises(ManifestFault) as refused:
        parse_manifest(bad)
    assert len(refused.value.faults) == 2


def test_a_key_is_said_once_wherever_it_stands() -> None:
    line = 'name = "wine"\nsettings = ["account"]\nsecrets = ["account"]'
    with pytest.raises(ManifestFault, match="'account' stands in settings too"):
        parse_manifest(GOOD.replace('name = "wine"', line))


def test_an_adapter_that_hears_words_about_suspensions_alone_names_no_documents() -> None:
    without = GOOD.replace('document_types = ["C999"]', 'capabilities = ["suspensions"]')
    assert parse_manifest(without).document_types == ()
    beside = GOOD.replace(
        'document_types = ["C999"]', 'document_types = ["C999"]\ncapabilities = ["verify", "suspensions"]'
    )
    assert parse_manifest(beside).document_types == ("C999",)
