-- The releases of which a report is due, by the time at which it is sent.
-- serves beside: 0.1.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS step_reports_due ON step (reports_due_at) WHERE reports_due_at IS NOT NULL;
