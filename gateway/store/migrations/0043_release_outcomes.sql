-- A notice says what became of the release that was ordered, where it is about one.
-- serves beside: 0.1.0
ALTER TABLE notice ADD COLUMN released boolean; -- NULL: it is about no release, or from before this was kept
