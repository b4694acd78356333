"""Secrets of six and seven characters are found where they stand as a whole, and nowhere else."""

import pytest

from gateway.conformance.secrecy import short_secrets_in, without_short_secrets


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("k3vX9b", '{"key": "k3vX9b"}'),
        ("k3vX9b", "<t:key>k3vX9b</t:key>"),
        ("k3vX9b", "/licences?number=1&key=k3vX9b"),
        ("k3vX9b", "your key k3vX9b is not known"),
        ("k3v&9b", "<key>k3v&amp;9b</key>"),
        ("k3v/9bq", "/x?key=k3v%2F9bq&n=1"),
        ("902175", '{"pin": 902175}'),
        ("gateway", '{"client": "gateway"}'),
        ("gateway", "gateway"),
    ],
)
def test_it_is_found_and_taken_out_where_it_is_the_value(secret: str, text: str) -> None:
    assert list(short_secrets_in(text, [secret])) == ["a secret of the adapter's"]
    cleaned = without_short_secrets(text, [secret])
    assert "[redacted]" in cleaned
    assert list(short_secrets_in(cleaned, [secret])) == []


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("k3vX9b", '{"number": "k3vX9b7"}'),
        ("k3vX9b", '{"number": "ID-k3vX9b"}'),
        ("902175", '{"volume": "902175.5", "of": "12.902175"}'),
        ("902175", '{"mrn": "26FR902175"}'),
        ("gateway", "the gateway is not available"),
        ("gateway", '{"text": "your gateway"}'),
        ("k3vX9", '{"key": "k3vX9"}'),
    ],
)
def test_a_part_of_something_else_is_no_secret(secret: str, text: str) -> None:
    assert list(short_secrets_in(text, [secret])) == []
    assert without_short_secrets(text, [secret]) == text
