"""Programs of Debian that tests run what is delivered with."""

import os
import shutil


def program(name: str, *, package: str) -> str:
    """The path of a program; where it is missing the test fails, and says what installs it."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found is not None, f"install {package}: apt-get install {package}"
    return found
