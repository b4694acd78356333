"""Notifications of shipments of waste, simulated: the authority's own file, played backwards."""

from pathlib import Path

from adapters.simulation.declared import declared_authority

SIMULATOR = declared_authority(Path(__file__).parent)
