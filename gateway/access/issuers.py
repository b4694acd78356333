"""The issuers that are configured, each with its client."""

from collections.abc import Callable, Sequence

from gateway.access.issuer import IssuerClient
from gateway.settings import Issuer, Security


class Issuers:
    """The issuers of one process, by name and by what their tokens call them."""

    def __init__(self, security: Security, *, client: Callable[[Issuer], IssuerClient] = IssuerClient) -> None:
        """Take the settings, and what makes a client.

        Raises:
            ConfigurationError: a file that an issuer's settings name cannot be used.
        """
        self._client = client
        self._by_name: dict[str, IssuerClient] = {}
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Know these issuers from now on; of one whose settings are as they were, what was read is kept. Raise as `__init__` does."""
        self._by_name = {
            issuer.name: known
            if (known := self._by_name.get(issuer.name)) is not None and known.issuer == issuer
            else self._client(issuer)
            for issuer in security.issuers
        }
        self._by_url = {client.issuer.url: client for client in self._by_name.values()}

    def by_name(self, name: str) -> IssuerClient | None:
        """Return an issuer's client by its name here."""
        return self._by_name.get(name)

    def by_url(self, url: str) -> IssuerClient | None:
        """Return an issuer's client by what its tokens call it."""
        return self._by_url.get(url)

    @property
    def of_sign_in(self) -> Sequence[IssuerClient]:
        """The issuers by which persons sign in, as they are configured."""
        return tuple(client for client in self._by_name.values() if client.issuer.client_id is not None)
