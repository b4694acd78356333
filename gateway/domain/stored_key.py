"""A key that is kept in the database: what it is for, who made it, and whether it still counts."""

from dataclasses import dataclass
from datetime import datetime

from gateway.domain.actor import COMMAND_LINE
from gateway.domain.permission import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyScope:
    """The name of a key, and what it is for."""

    name: str
    role: Role
    person: str | None = None
    """Whose key it is; None: the key's name is the person."""
    eoris: tuple[str, ...] = ()
    """For a trader: whose declarations it may see and lodge."""
    authority: str | None = None
    """For an authority: the name of its adapter."""
    asserts_officers: bool = False
    offices: tuple[str, ...] | None = None
    """The customs offices whose declarations it may see and act on; None: all."""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it stands now; of the key itself only the digest is kept."""

    id: str
    scope: KeyScope
    made_at: datetime
    made_by: str
    """The name of the caller who made it, or that of the command line."""
    expired: bool
    """By the database's clock."""
    used_at: datetime | None = None
    """When it was last used, to the minute."""
    revoked_at: datetime | None = None
    revoked_by: str | None = None
    revoked_because: str | None = None

    @property
    def counts(self) -> bool:
        """Whether it proves its caller still."""
        return not self.expired and self.revoked_at is None

    @property
    def maker(self) -> str | None:
        """The caller with whose access it ends; None: it was made on the gateway's own machine."""
        return None if self.made_by == COMMAND_LINE else self.made_by
