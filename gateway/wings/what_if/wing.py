"""The wing of past decisions made again, in one replica."""

from starlette.applications import Starlette

from gateway.web import WebContext
from gateway.wing import Wing
from gateway.wings.what_if import pages
from gateway.wings.what_if.kept import WhatIfReports


class WhatIfWing(Wing):
    """The console shows what the shadow rules would have changed, and the reports that the command kept."""

    def pages(self, app: Starlette, web: WebContext) -> None:
        """Serve the reports."""
        pages.register(app, web, WhatIfReports(self.kernel.store.database))
