"""A simulated TRACES: the service of CERTEX messages over a catalogue of certificates; no part of the adapter."""

from adapters.traces.simulator.service import AUTHENTICATION_KEY, SIMULATOR, USERNAME

__all__ = ["AUTHENTICATION_KEY", "SIMULATOR", "USERNAME"]
