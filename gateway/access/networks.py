"""Networks by which hosts are distinguished: which of them are proxies of ours."""

from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address, ip_network


class Networks:
    """Addresses and networks, and whether a host is in one of them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._networks = tuple(map(ip_network, texts))

    def have(self, host: str | None) -> bool:
        """Whether a host's address is in one of them; what is no address is in none."""
        try:
            address = ip_address(host or "")
        except ValueError:
            return False
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)
