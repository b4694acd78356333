"""The whole adapter of a second version: another path, other namespaces; all else is the first one's.

Of V04 only the path was ever seen; the namespaces are assumed, for this proof only.
"""

from adapters.traces.adapter import TracesAdapter
from adapters.traces.certex_v06 import CertexPort, Version
from adapters.traces.port import Names
from gateway.contract import Settings

V04 = Version(
    path="/tracesnt/ws/CustomsCertexChedServiceV04",
    action="http://ec.europa.eu/tracesnt/ws/impl/customs_certex/ched/v04/CustomsCertexChedPort/",
    names=Names(
        ched_namespace="http://ec.europa.eu/sanco/tracesnt/customs_certex/ched/v04",
        base_namespace="http://ec.europa.eu/sanco/tracesnt/customs_certex/base/v02",
    ),
)


def traces_v04(settings: Settings) -> TracesAdapter:
    """Makes the adapter of V04."""
    return TracesAdapter(settings, CertexPort.of(settings, V04))
