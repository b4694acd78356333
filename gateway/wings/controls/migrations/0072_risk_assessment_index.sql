-- The assessments of late, which analysts count.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS risk_assessment_at ON risk_assessment (at);
