-- Whether officers and customs were notified that a notice is not given.
-- serves beside: 1.0.0
ALTER TABLE suspension ADD COLUMN tell_informed boolean NOT NULL DEFAULT false;
