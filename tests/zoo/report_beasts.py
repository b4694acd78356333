"""Beasts that report released goods wrongly."""

from tests.zoo.beast import kit_beast

POSTED = """        path = "/reports"
        response = yield Request(
            method="POST",
            path=path,
            headers={"Content-Type": "application/json", **self._headers(path, occasion)},
            body=json.dumps(said).encode(),
        )
"""
AGAIN = POSTED + POSTED.replace("json.dumps(said)", 'json.dumps({**said, "key": occasion.message_id})').replace(
    "response = yield", "yield"
)
SAID = '''            "key": order.key,
            "items"'''
EXCHANGED = """[[exchange]]
request = { method = "POST", path = "/reports" }
response = { status = 200, body = '{"number": "OO/17", "mrn": "26FRD0000000020118", "key": "0123456789abcdef0123456789abcdef", "items": [{"item": 1}, {"item": 3}]}' }
"""
"""As it is recorded; whoever reports twice has recorded it twice."""
READ = """        answer.text("key", re.escape(order.key))
        return _report(answer)
"""


REPORT_BEASTS = (
    kit_beast("reports_by_its_own_key", "each report has a key of its own", "reports.not_kept", (SAID, SAID.replace("order.key", "occasion.message_id")), (READ, "        return Reported(key=order.key, goods_items=_report(answer).goods_items)\n")),
    kit_beast("reports_some", "it leaves goods out of what it reports", "reports.not_kept", ("for line in order.lines],\n        }\n        path = \"/reports\"", "for line in order.lines[:1]],\n        }\n        path = \"/reports\"")),
    kit_beast("reports_read_short", "it shows fewer goods than were reported", "reports.not_kept", ('tuple(_report(one) for one in answer.records("reports"))', 'tuple(Reported(key=one.key, goods_items=one.goods_items[:1]) for one in map(_report, answer.records("reports")))')),
    kit_beast("reports_twice", "it reports once by the order's key, and once by its own", "reports.told_twice", (POSTED, AGAIN), files={"exchanges/report.toml": ((EXCHANGED, EXCHANGED + EXCHANGED),)}),
)  # fmt: skip
