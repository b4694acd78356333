"""The wings of this gateway."""

from gateway.wing import Wing
from gateway.wings.controls.wing import ControlsWing
from gateway.wings.renderings.wing import RenderingsWing
from gateway.wings.reporting.wing import ReportingWing
from gateway.wings.suspensions.wing import SuspensionsWing
from gateway.wings.webhooks.wing import WebhooksWing
from gateway.wings.what_if.wing import WhatIfWing

WINGS: tuple[type[Wing], ...] = (ControlsWing, RenderingsWing, ReportingWing, SuspensionsWing, WebhooksWing, WhatIfWing)
"""In the order in which their calls and pages are served."""
