-- When a time limit of the law is acted on: a column of the head that nothing but a statement of its own writes.
-- serves beside: 0.1.0
ALTER TABLE declaration ADD COLUMN clock_due_at timestamptz;    -- NULL: no limit runs
