"""A simulated CITES management authority: permits and what was used of them, over a catalogue."""

from adapters.cites.simulator.service import API_KEY, SIMULATOR

__all__ = ["API_KEY", "SIMULATOR"]
