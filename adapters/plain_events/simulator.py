"""The partner that sends plain events, simulated: it is asked nothing, and answers nothing."""

from starlette.applications import Starlette
from starlette.types import ASGIApp

from adapters.simulation import Documents, Simulator


def _nobody(documents: Documents) -> ASGIApp:
    return Starlette()


SIMULATOR = Simulator(name="plain_events", title="Words about suspended goods", build=_nobody)
