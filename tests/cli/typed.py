"""Commands as an operator types them."""

import subprocess

from tests.builders.commands import ran_apart, ran_here
from tests.builders.running import clean_environment


def gateway(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the command in this process."""
    return ran_here({**clean_environment(), "COLUMNS": "200", **variables}, *arguments)


def gateway_apart(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs the command as a process of its own."""
    return ran_apart({**clean_environment(), "COLUMNS": "200", **variables}, *arguments)
