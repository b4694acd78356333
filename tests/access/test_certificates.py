"""Whom a client certificate proves, and from whom it counts."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from gateway.access import Authenticator, Caller, CallHead, CertificateReader, Proof, key_hash
from gateway.access.networks import Networks
from gateway.domain.actor import Actor
from gateway.domain.errors import NotAuthenticated
from gateway.settings import ApiKey, ClientCertificate, Role, Security
from tests.builders.certificates import BROKER, ISSUER, certificate, fingerprint, passed_on

PROXY = "192.0.2.7"
PINNED = certificate("CN=officer 17,O=Customs,C=FR")
SECURITY = Security(
    certificate_proxies=("192.0.2.0/28", "2001:db8::1"),
    certificates=(
        ClientCertificate(name="broker", role=Role.TRADER, eoris=("FR1",), issuer=ISSUER, subject=BROKER),
        ClientCertificate(
            name="officer 17", role=Role.OFFICER, person="Ann", offices=("FR001260",), fingerprint=fingerprint(PINNED)
        ),
    ),
)


def read(*values: bytes, peer: str | None = PROXY, at: datetime | None = None) -> Caller | None:
    reader = CertificateReader(SECURITY, clock=lambda: at or datetime.now(UTC))
    head = CallHead.of("GET", "/v1/me", [(b"client-cert", value) for value in values], address="10.0.0.1", peer=peer)
    return asyncio.run(reader.read(head))


def test_a_certificate_proves_the_caller_of_its_row() -> None:
    broker = read(passed_on(certificate()))
    assert broker is not None
    assert (broker.name, broker.eoris, broker.proof, broker.is_person) == (
        "broker", frozenset({"FR1"}), Proof.CERTIFICATE, False,
    )  # fmt: skip
    officer = read(b" " + passed_on(PINNED) + b" ", peer="::ffff:192.0.2.9")
    assert officer is not None
    assert (officer.person, officer.offices, officer.is_person) == ("Ann", frozenset({"FR001260"}), True)
    assert officer.actor() == Actor(id="officer 17", person="Ann", role="officer")
    assert read() is None


@pytest.mark.parametrize(
    "peer", [None, "", "192.0.2.16", "10.0.0.1", "2001:db8::2", "localhost", "192.0.2.7, 10.0.0.1"]
)
def test_from_a_host_that_is_no_proxy_it_never_counts(peer: str | None) -> None:
    with pytest.raises(NotAuthenticated, match="certificate_proxies"):
        read(passed_on(certificate()), peer=peer)


def test_where_no_proxy_is_configured_it_counts_from_nobody() -> None:
    authenticator = Authenticator(Security(), (CertificateReader(Security()),))
    head = CallHead.of("GET", "/v1/me", [(b"client-cert", passed_on(certificate()))], peer="127.0.0.1")
    with pytest.raises(NotAuthenticated, match="certificate_proxies"):
        asyncio.run(authenticator.caller(head))


@pytest.mark.parametrize("name", ["x", "BROKER", "broker"])
def test_a_key_beside_it_counts_first(name: str) -> None:
    security = Security(
        keys=(ApiKey(name="system", hash=key_hash("secret"), role=Role.CUSTOMS),),
        **{one: getattr(SECURITY, one) for one in ("certificates", "certificate_proxies")},
    )
    authenticator = Authenticator(security, (CertificateReader(security),))
    headers = [(b"client-cert", passed_on(certificate())), (b"x-api-key", b"secret")]
    assert asyncio.run(authenticator.caller(CallHead.of("GET", "/", headers, peer=PROXY))).name == "system"


GOOD = passed_on(certificate())


@pytest.mark.parametrize(
    "values",
    [
        (b"",),
        (b"::",),
        (GOOD[1:-1],),
        (GOOD + b", " + GOOD,),
        (GOOD, GOOD),
        (GOOD + b";a=1",),
        (GOOD[:-8] + b":",),
        (b":" + GOOD[1:-1].replace(b"A", b"\xc3\xa9", 1) + b":",),
        (b":bm8gY2VydGlmaWNhdGU=:",),
        (b"-----BEGIN CERTIFICATE-----",),
        (b":" + b"A" * 15_000 + b":",),
    ],
)
def test_what_is_no_certificate_is_told_to_be_none(values: tuple[bytes, ...]) -> None:
    with pytest.raises(NotAuthenticated, match="cannot be read"):
        read(*values)


def test_one_that_is_not_valid_now_or_is_nobodys_is_refused() -> None:
    now = datetime.now(UTC)
    for since, until in (
        (now - timedelta(days=2), now - timedelta(days=1)),
        (now + timedelta(days=1), now + timedelta(days=2)),
    ):
        with pytest.raises(NotAuthenticated, match="not valid now"):
            read(passed_on(certificate(since=since, until=until)))
    for other in (
        certificate("CN=broker.example,O=Other,C=FR"),
        certificate("CN=officer 17,O=Customs,C=FR"),
        certificate(issuer="CN=Other CA,O=Example,C=FR"),
    ):
        with pytest.raises(NotAuthenticated, match="not known"):
            read(passed_on(other))


def test_its_row_is_found_by_name_as_long_as_it_is_there() -> None:
    reader = CertificateReader(SECURITY)
    assert asyncio.run(reader.known("broker")) is not None
    reader.renew(Security())
    assert asyncio.run(reader.known("broker")) is None


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({}, "fingerprint, or by issuer and subject"),
        ({"issuer": ISSUER}, "fingerprint, or by issuer and subject"),
        ({"fingerprint": "ab" * 32, "issuer": ISSUER, "subject": BROKER}, "fingerprint, or by issuer and subject"),
        ({"fingerprint": "ab" * 31}, "64 hexadecimal digits"),
        ({"issuer": "Customs CA", "subject": BROKER}, "distinguished name"),
        ({"issuer": "", "subject": BROKER}, "distinguished name"),
        ({"fingerprint": "ab" * 32, "name": "gateway"}, "another name"),
    ],
)
def test_a_row_says_by_what_a_certificate_is_known(row: dict[str, str], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        ClientCertificate.model_validate({"name": "one", "role": "customs", **row})


def test_names_fingerprints_and_proxies_are_checked() -> None:
    key = ApiKey(name="broker", hash=key_hash("k"), role=Role.CUSTOMS)
    for faulty, fault in (
        ({"keys": (key,), "certificates": SECURITY.certificates}, "have the same name 'broker'"),
        ({"certificate_proxies": ("proxy.example",)}, "no address and no network"),
        ({"certificate_proxies": ("192.0.2.1/24",)}, "no address and no network"),
    ):
        with pytest.raises(ValidationError, match=fault):
            Security.model_validate(faulty)
    assert not Networks(()).have("127.0.0.1")
