-- The declarations whose goods control orders keep.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS declaration_controlled ON declaration (id) WHERE controlled IS NOT NULL AND ended IS NULL;
