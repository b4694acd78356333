"""Real and simulated authorities kept apart: which configuration is served how, and on which database."""

import os
from pathlib import Path

from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, is_loopback

_MARK = "simulated-authorities"
"""The file by which a folder of the embedded database is known to hold decisions of simulated authorities."""


def require_real(settings: Settings) -> None:
    """Refuse to serve as a real gateway with simulated authorities, or on a database in which they decided.

    Raises:
        ConfigurationError: so it is; with how to go on.
    """
    if settings.simulators:
        raise ConfigurationError(
            (
                "the authorities of this configuration are simulated ones (simulators = true), as those of the delivered one that counts where "
                "GATEWAY_CONFIG names none. For a gateway of your own: `gateway init DIR`, fill in what it names, "
                "`GATEWAY_CONFIG=DIR gateway serve`. To try things out: `gateway demo`, or `gateway serve --simulators`",
            )
        )
    if settings.database_url is None and _marked(settings.data_dir):
        raise ConfigurationError(
            (f"{settings.data_dir}: it holds decisions of simulated authorities: name another folder by data_dir",)
        )


def require_apart(settings: Settings) -> None:
    """Refuse simulated authorities on an address that others reach, and on a database that is not theirs alone.

    Raises:
        ConfigurationError: so it is.
    """
    if not is_loopback(settings.host):
        raise ConfigurationError(
            (f"host: simulated authorities are for a loopback address only, not for {settings.host!r}",)
        )
    if settings.database_url is not None:
        raise ConfigurationError(
            ("simulated authorities take the embedded database, in a folder of its own: leave database_url out",)
        )
    if (settings.data_dir / "pg").exists() and not _marked(settings.data_dir):
        raise ConfigurationError(
            (f"{settings.data_dir}: it holds decisions of real authorities: name another folder by GATEWAY_DATA_DIR",)
        )


def require_fit(settings: Settings) -> None:
    """Refuse to ask authorities of the one kind about what the other kind decided.

    Raises:
        ConfigurationError: so it is.
    """
    if settings.simulators:
        require_apart(settings)
    else:
        require_real(settings)


def mark(data_dir: Path) -> None:
    """Have a folder of the embedded database known as that of simulated authorities."""
    mark = data_dir / _MARK
    mark.touch()
    # Its server may run as another user, who has to be able to remove it with the folder.
    found = data_dir.stat()
    os.chown(mark, found.st_uid, found.st_gid)


def _marked(data_dir: Path) -> bool:
    return (data_dir / _MARK).exists()
