"""The figures of the certificates that a gateway was configured with."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from prometheus_client.core import GaugeMetricFamily, Metric

from gateway.domain.certificate_validity import CertificateValidity
from gateway.shared_figures import Figure

OF_CERTIFICATES = (
    Figure(
        "gateway_certificate_ends_seconds",
        "gauge",
        ("certificate",),
        "Seconds until the first certificate of a configured file ends, as the file was read last; below zero: it has ended",
    ),
    Figure(
        "gateway_certificate_usable",
        "gauge",
        ("certificate",),
        "Whether a configured file of certificates can be read and its key belongs to it: 1, or 0",
    ),
)
"""The figures of each file that the configuration names, the first where it can be read."""


def certificate_families(found: Sequence[CertificateValidity], now: datetime) -> Iterator[Metric]:
    """Return their families for a scrape."""
    ends, usable = (GaugeMetricFamily(one.name, one.text, labels=one.labels) for one in OF_CERTIFICATES)
    for one in found:
        if one.ends is not None:
            ends.add_metric((one.name,), (one.ends - now).total_seconds())
        usable.add_metric((one.name,), float(one.fault is None))
    yield ends
    yield usable
