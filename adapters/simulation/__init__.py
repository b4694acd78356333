"""Simulated authorities as real HTTP servers, for demonstrations, tests and partners' own trials.

A simulator is an ordinary ASGI application over a catalogue of documents. This frame serves it and adds what every
simulated authority needs: latency, faults down to the wire, and control endpoints below `/_simulator`.

    python -m adapters.simulation adapters.traces --port 0 --latency 50ms --fault down

Never part of a running gateway: only the command line, the demonstration and tests start a simulator.
"""

from adapters.simulation.documents import Document, Documents, read_catalogue
from adapters.simulation.faults import SPOKEN, Fault, fault_of
from adapters.simulation.frame import Frame
from adapters.simulation.process import simulator_process
from adapters.simulation.server import RunningSimulator, run_simulator
from adapters.simulation.simulator import Simulator, load_simulator

__all__ = [
    "SPOKEN",
    "Document",
    "Documents",
    "Fault",
    "Frame",
    "RunningSimulator",
    "Simulator",
    "fault_of",
    "load_simulator",
    "read_catalogue",
    "run_simulator",
    "simulator_process",
]
