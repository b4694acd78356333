-- The suspensions in which an officer has to speak next.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS suspension_officers ON suspension (declaration_id) WHERE officers;
