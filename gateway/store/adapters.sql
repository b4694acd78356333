-- Overruns of adapters' code, and the switches by which adapters are disabled and enabled.

-- name: adapter_overran
INSERT INTO adapter_overrun (adapter, declaration_id, kind)
SELECT %(adapter)s, d.id, %(kind)s FROM declaration d WHERE d.id = %(id)s::uuid
ON CONFLICT (adapter, declaration_id) DO UPDATE
SET at = clock_timestamp(), times = adapter_overrun.times + 1, kind = EXCLUDED.kind;

-- By how many declarations, and of how many declarants, since it was enabled last.
-- name: adapter_overruns
SELECT count(*) AS declarations, count(DISTINCT d.declarant) AS declarants, count(*) FILTER (WHERE o.kind = 'late') AS late,
    count(*) FILTER (WHERE o.kind = 'ended') AS ended, count(*) FILTER (WHERE o.kind = 'memory') AS memory
FROM adapter_overrun o JOIN declaration d ON d.id = o.declaration_id
WHERE o.adapter = %(adapter)s AND o.at > coalesce(
    (SELECT max(s.at) FROM adapter_switch s WHERE s.adapter = %(adapter)s AND s.enabled), '-infinity'
);

-- name: switch_adapter
INSERT INTO adapter_switch (adapter, enabled, draining, quarantined, declarations, late, ended, memory, at)
VALUES (
    %(adapter)s, %(enabled)s, %(draining)s, %(quarantined)s, %(declarations)s, %(late)s, %(ended)s, %(memory)s,
    clock_timestamp()
)
RETURNING number, at, pg_notify('gateway_declaration', %(announced)s);

-- name: adapters_off
SELECT adapter, at, draining, quarantined, declarations, late, ended, memory FROM (
    SELECT DISTINCT ON (adapter) * FROM adapter_switch ORDER BY adapter, number DESC
) AS newest WHERE NOT enabled;
