"""Where webhooks may lead: by what is written, and by what a name stands for."""

from ipaddress import ip_address

import pytest

from gateway.wings.webhooks.address_rule import address_fault, is_public


def fault(url: str) -> str | None:
    found = address_fault(url, allowed_hosts={"receiver.internal", "10.0.0.7"}, ports={443, 8443})
    return None if found is None else found.sentence


@pytest.mark.parametrize(
    "url",
    [
        "https://receiver.example/in", "https://Receiver.Example:8443/in?for=us&tenant=7", "https://8.8.8.8/", "https://[2a00:1450::8]/in",
        "https://receiver.internal/in", "https://10.0.0.7:8443/", "https://receiver.example./in", "https://a.b/keyboard?monkey=1&design=2",
    ],
)  # fmt: skip
def test_a_good_address(url: str) -> None:
    assert fault(url) is None


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("http://receiver.example/in", "https://"), ("ftp://receiver.example/", "https://"), ("receiver.example/in", "https://"),
        ("https://user:pw@receiver.example/", "user name"), ("https://@receiver.example/", "user name"),
        ("https://receiver.example/#there", "fragment"), ("https://receiver.example:22/", "port 22"), ("https://receiver.example:x/", "no address"),
        ("https://receiver.example:0/", "port 0"),
        *((f"https://receiver.example/in?{name}=x", "reads like a secret") for name in (
            "token", "key", "api_key", "apikey", "access_token", "secret", "client_secret", "password", "pwd", "sig", "auth", "X-Api-Key", "TOKEN", "jwt", "token[]",
        )),
        ("https://receiver.example/in?a=1&key", "reads like a secret"),
        *((f"https://{host}/in", "cannot be called") for host in (
            "localhost", "LOCALHOST", "localhost.", "receiver", "db.internal", "printer.local", "127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "0177.0.0.1",
            "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "192.0.2.1",
            "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:169.254.169.254]", "[64:ff9b::a00:1]", "[2002:7f00:1::]",
            "[2001:0:7f00:1::]", "[::127.0.0.1]", "[ff02::1]", "[fec0::1]", "[fd00:ec2::254]", "a..b.example", "-a.example", "a.example.1",
        )),
        ("https:///in", "cannot be called"), ("https://[::1/in", "no address"), ("https://receiver.example/\n", "printable"), ("https://\u0435xample.org/", "printable"),
        ("https://receiver.example\\@localhost/", "printable"), ("https://receiver.example/" + "x" * 2_000, "characters"), ("", "characters"),
    ],
)  # fmt: skip
def test_a_bad_address_is_refused_with_the_remedy(url: str, because: str) -> None:
    found = fault(url)
    assert found is not None
    assert because in found


@pytest.mark.parametrize("address", ["8.8.8.8", "2a00:1450:4001::8", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_a_public_address(address: str) -> None:
    assert is_public(ip_address(address))
