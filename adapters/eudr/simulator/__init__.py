"""A simulated EUDR information system: its service for the verification of declarations, over a catalogue."""

from adapters.eudr.simulator.service import AUTHENTICATION_KEY, SIMULATOR, USERNAME

__all__ = ["AUTHENTICATION_KEY", "SIMULATOR", "USERNAME"]
