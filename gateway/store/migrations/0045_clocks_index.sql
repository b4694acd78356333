-- The declarations of which a limit runs, by the time at which it is acted on.
-- serves beside: 0.1.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS declaration_clock_due ON declaration (clock_due_at) WHERE clock_due_at IS NOT NULL;
