"""A simulated F-gas Portal: registrations and their accounts, over a catalogue of documents; no part of the adapter."""

from adapters.fgas.simulator.service import API_KEY, SIMULATOR

__all__ = ["API_KEY", "SIMULATOR"]
