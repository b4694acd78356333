"""Packs of risk criteria: rows by which declarations are to be chosen for controls."""
