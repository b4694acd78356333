"""Exchanges with authorities through their adapters: a requirement becomes a verification, an order a receipt or a doubt."""

from gateway.dispatch.authority_client import RetryPolicy
from gateway.dispatch.breaker import Allowance, BreakerState
from gateway.dispatch.dispatcher import AuthorityAnswer, Dispatcher
from gateway.dispatch.health import AdapterHealth
from gateway.dispatch.registry import (
    LoadedAdapter,
    drafts_by_the_key_of_all,
    has_undelivered,
    identities,
    load_adapters,
    read_manifest,
)
from gateway.dispatch.route_check import require_adapters
from gateway.domain.movement_results import Moved, PositionRead

__all__ = [
    "AdapterHealth",
    "Allowance",
    "AuthorityAnswer",
    "BreakerState",
    "Dispatcher",
    "LoadedAdapter",
    "Moved",
    "PositionRead",
    "RetryPolicy",
    "drafts_by_the_key_of_all",
    "has_undelivered",
    "identities",
    "load_adapters",
    "read_manifest",
    "require_adapters",
]
