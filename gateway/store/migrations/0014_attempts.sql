-- Leases that ended without being given back: most likely their holder's process ended over the declaration.
-- serves beside: 0.1.0

ALTER TABLE declaration ADD COLUMN lost bigint[] NOT NULL DEFAULT '{}';     -- their tokens, since the last decision
