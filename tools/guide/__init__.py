"""The guide: all pages of `docs/` and of the authorities' folders as one site, with a search; `python -m tools.guide` builds it.

It is served by the gateway at `/docs/guide`, and can be read from any web server as it stands: nothing of it is fetched from elsewhere.
"""

import os
from pathlib import Path

from mkdocs.commands.build import build
from mkdocs.config import load_config

_CONFIGURATION = Path(__file__).with_name("mkdocs.yml")


def build_guide(folder: Path | None = None, *, pages: Path | None = None) -> None:
    """Build it into a folder, of pages instead of those of `docs/`; without a folder into that which the gateway serves.

    Raises:
        mkdocs.exceptions.Abort: a link leads nowhere, or a page of the menu is missing.
    """
    # What it says of the day it was built on is the commit's, as in every build of a release.
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")
    configuration = load_config(str(_CONFIGURATION), strict=True)
    if folder is not None:
        configuration.site_dir = str(folder)
    if pages is not None:
        configuration.docs_dir = str(pages)
    build(configuration)
