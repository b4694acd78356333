"""The resources of one process, each with its bound, a client's share and its figure: connections, places, queues, threads, bytes."""

from gateway.resources.listed import LISTED, ListedResource, ResourceKind
from gateway.resources.resource import LOOPS, OURS, Resource, Shortage, UsedUp, client, declarant, live, refused
from gateway.resources.threads import Threads

__all__ = [
    "LISTED",
    "LOOPS",
    "OURS",
    "ListedResource",
    "Resource",
    "ResourceKind",
    "Shortage",
    "Threads",
    "UsedUp",
    "client",
    "declarant",
    "live",
    "refused",
]
