-- Events by their time, so that a day's are found among all: events are only added, in about their order.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_by_age ON event USING brin (at) WITH (pages_per_range = 32, autosummarize = on);
