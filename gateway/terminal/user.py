"""The user of a command of this machine, as far as the machine names one."""

import getpass


def user() -> str | None:
    """Return the name of the account that runs the command; None: the machine has no name for it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
