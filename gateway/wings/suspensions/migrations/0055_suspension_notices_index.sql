-- The suspensions of which a notice is due.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS suspension_to_tell ON suspension (tell_at) WHERE tell_at IS NOT NULL;
