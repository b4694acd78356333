"""A simulated CATCH: catch certificates and what was used of them, over a catalogue of documents; no part of the adapter."""

from adapters.catch.simulator.service import API_KEY, SIMULATOR

__all__ = ["API_KEY", "SIMULATOR"]
