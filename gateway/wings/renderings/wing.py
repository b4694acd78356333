"""The wing of renderings, in one replica."""

from fastapi import FastAPI

from gateway.api.context import ApiContext
from gateway.wing import Wing
from gateway.wings.renderings import calls


class RenderingsWing(Wing):
    """What is asked of the holder of a transit movement is given as the message that transit has for it."""

    def calls(self, app: FastAPI, context: ApiContext) -> None:
        """Add the calls to the API."""
        calls.register(app, context)
