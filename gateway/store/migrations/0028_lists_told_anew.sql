-- What traders find in lists of what is held follows from what they may be told, which is less now: the job fills it in again.
-- Held rows alone change; decided and released ones tell nothing else than before.
-- serves beside: 0.1.0

UPDATE declaration SET listed = NULL WHERE held_since IS NOT NULL AND listed IS NOT NULL;
