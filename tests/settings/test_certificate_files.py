"""The files of certificates that a configuration names: which they are, how long they are valid, whether their keys fit."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.settings import load
from gateway.settings.certificate_files import CertificateFile, ConfiguredCertificates, certificate_files, validity
from tests.builders.certificates import certificate, written, written_key
from tests.builders.running import REAL

NOW = datetime.now(UTC).replace(microsecond=0)
DAY = timedelta(days=1)


def test_each_file_is_found_under_the_key_that_names_it() -> None:
    settings = load(
        {
            **REAL,
            "GATEWAY_ADAPTERS__TRACES__CLIENT_CERTIFICATE": "/c/client.pem",
            "GATEWAY_ADAPTERS__CATCH__CLIENT_CERTIFICATE": "/c/catch.pem",
            "GATEWAY_ADAPTERS__CATCH__CLIENT_KEY": "/c/catch.key",
            "GATEWAY_ADAPTERS__CATCH__CA_FILE": "/c/ca.pem",
            "GATEWAY_ADAPTERS__CITES__CA_FILE": "/c/off.pem",
            "GATEWAY_ADAPTERS__CITES__ENABLED": "false",
            "GATEWAY_WEBHOOKS__CA_FILE": "/c/hooks.pem",
            "GATEWAY_DATABASE_URL": "postgresql://db/gateway?sslrootcert=/c/root.pem&sslcert=/c/own.pem&sslkey=/c/own.key",
            "GATEWAY_DATABASE_DIRECT_URL": "postgresql://db/gateway?sslrootcert=system",
        }
    )
    assert list(certificate_files(settings)) == [
        CertificateFile("adapters.catch.client_certificate", Path("/c/catch.pem"), Path("/c/catch.key")),
        CertificateFile("adapters.catch.ca_file", Path("/c/ca.pem")),
        CertificateFile("adapters.traces.client_certificate", Path("/c/client.pem"), Path("/c/client.pem")),
        CertificateFile("webhooks.ca_file", Path("/c/hooks.pem")),
        CertificateFile("database_url.sslcert", Path("/c/own.pem"), Path("/c/own.key")),
        CertificateFile("database_url.sslrootcert", Path("/c/root.pem")),
    ]


@pytest.mark.parametrize("noon", [NOW.replace(hour=12), NOW + DAY, NOW - DAY], ids=["noon", "tomorrow", "yesterday"])
def test_the_first_end_and_the_last_beginning_of_a_file_count(tmp_path: Path, noon: datetime) -> None:
    chain = tmp_path / "chain.pem"
    parts = [certificate(until=noon, since=noon - 9 * DAY), certificate(until=noon + DAY, since=noon - 2 * DAY)]
    chain.write_bytes(b"".join(written(one, tmp_path / "one.pem").read_bytes() for one in parts))
    found = validity(CertificateFile("ca_file", chain))
    assert (found.begins, found.ends, found.fault) == (noon - 2 * DAY, noon.replace(microsecond=0), None)


def test_a_key_of_another_certificate_one_that_cannot_be_read_and_a_file_that_is_none_are_told(tmp_path: Path) -> None:
    pem = written(certificate(), tmp_path / "own.pem")
    right, wrong = written_key(tmp_path / "right.key"), written_key(tmp_path / "wrong.key", another=True)
    assert validity(CertificateFile("x", pem, right)).fault is None
    assert validity(CertificateFile("x", pem, wrong)).fault == "its key belongs to another certificate"
    assert validity(CertificateFile("x", pem, pem)).fault == "its key cannot be read (ValueError)"
    assert validity(CertificateFile("x", pem, wrong)).ends is not None
    for path, why in ((right, "ValueError"), (tmp_path / "none.pem", "FileNotFoundError")):
        found = validity(CertificateFile("x", path))
        assert (found.ends, found.fault) == (None, f"it cannot be read ({why})")


def test_what_was_renewed_on_disk_counts_once_the_settings_are_read_again(tmp_path: Path) -> None:
    pem = written(certificate(until=NOW + DAY), tmp_path / "ca.pem")
    settings = load({**REAL, "GATEWAY_WEBHOOKS__CA_FILE": str(pem)})
    known = ConfiguredCertificates(settings)
    written(certificate(until=NOW + 9 * DAY), pem)
    assert [one.ends for one in known.found()] == [NOW + DAY]
    known.read(settings)
    assert [one.ends for one in known.found()] == [NOW + 9 * DAY]
