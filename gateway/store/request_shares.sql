-- The shares of processes in what authorities allow a minute.

-- Nobody settles meanwhile, and the next statement sees what others settled before.
-- name: lock_request_shares
LOCK TABLE request_share IN SHARE ROW EXCLUSIVE MODE;

-- name: request_shares
SELECT n.now, s.adapter, s.process, s.share, s.until, s.used, s.used_until
FROM (SELECT clock_timestamp() AS now) n LEFT JOIN request_share s ON true;

-- What counts for nobody any more is forgotten with it.
-- name: settle_request_shares
WITH forgotten AS (
    DELETE FROM request_share WHERE process <> %(process)s AND until < %(forget)s AND used_until < %(forget)s
)
INSERT INTO request_share (adapter, process, share, until, used, used_until)
SELECT g.adapter, %(process)s, g.share, clock_timestamp() + %(lasts)s, g.used, clock_timestamp() + g.used_for
FROM unnest(%(adapters)s::text[], %(shares)s::integer[], %(used)s::integer[], %(used_for)s::interval[])
    AS g (adapter, share, used, used_for)
ON CONFLICT (adapter, process) DO UPDATE
SET share = EXCLUDED.share, until = EXCLUDED.until, used = EXCLUDED.used, used_until = EXCLUDED.used_until;

-- name: announce_request_shares
SELECT pg_notify('gateway_declaration', %(announced)s);
