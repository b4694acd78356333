"""Renderings: what the gateway says, as messages of systems that speak another language."""
