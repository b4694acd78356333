-- The events by which a risk is confirmed: what a control found, and goods that are refused or to be destroyed.
-- serves beside: 1.0.0
-- outside a transaction
CREATE INDEX CONCURRENTLY IF NOT EXISTS event_confirmed ON event (declaration_id, seq)
WHERE kind = 'control.adverse'
   OR kind IN ('suspension.word', 'suspension.duty', 'suspension.extended') AND text ~ '"state":"(refused|to_destroy)"';
