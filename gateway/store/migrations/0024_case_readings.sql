-- Why another assessment is wanted, in the order in which it was asked for: the event of the assessment says so.
-- serves beside: 0.1.0

ALTER TABLE declaration ADD COLUMN hinted_by text[] NOT NULL DEFAULT '{}';

-- The documents that a notice is about, each with its status then, as JSON; NULL: it is about none, or from before this was kept.
ALTER TABLE notice ADD COLUMN documents text;
