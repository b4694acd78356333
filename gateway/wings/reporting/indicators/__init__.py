"""Indicators: how the gateway itself performs, counted day by day, and given without what is too small."""
