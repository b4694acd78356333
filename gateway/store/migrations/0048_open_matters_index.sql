-- The declarations of which an announced examination has not ended.
-- serves beside: 0.3.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS declaration_examined ON declaration (id) WHERE examination IS NOT NULL AND ended IS NULL AND examination::jsonb ->> 'took_place_at' IS NULL AND examination::jsonb ->> 'withdrawn_at' IS NULL;
