-- Whether officers and customs were notified that a notice is not given. What was suspended by a version before is looked at
-- once more, so that its matters are open and its notices due.
-- serves beside: 1.0.0
ALTER TABLE suspension ADD COLUMN tell_informed boolean NOT NULL DEFAULT false;
UPDATE suspension SET tell_informed = true WHERE tell_attempt >= 3 AND tell_cause IS NOT NULL;
UPDATE suspension SET due_at = coalesce(least(due_at, now()), now()) WHERE NOT over AND NOT officers;
