"""Asks authorities through their adapters: a requirement goes in, a verification comes out, whatever happens between."""

from gateway.dispatch.breaker import BreakerState
from gateway.dispatch.caller import Asked, Dispatcher, Habits
from gateway.dispatch.health import AdapterHealth
from gateway.dispatch.registry import LoadedAdapter, load_adapters, read_manifest

__all__ = [
    "AdapterHealth",
    "Asked",
    "BreakerState",
    "Dispatcher",
    "Habits",
    "LoadedAdapter",
    "load_adapters",
    "read_manifest",
]
