"""A simulated licensing system for dual-use goods: licences and their ledger, over a catalogue; no part of the adapter."""

from adapters.dual_use.simulator.service import CLIENT_ID, CLIENT_SECRET, SIMULATOR

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "SIMULATOR"]
