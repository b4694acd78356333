-- Evidence is written in bundles from here on. No gateway may serve that does not know migration 0040: it cannot read them.
-- serves beside: 0.1.0

UPDATE migration SET oldest = NULL WHERE name = '0040_evidence_bundles.sql';
