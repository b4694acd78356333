"""The officer console."""
