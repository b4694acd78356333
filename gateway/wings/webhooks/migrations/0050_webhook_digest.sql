-- Which webhooks are sent a digest each morning: what is their owner's to do, and since when.
-- serves beside: 0.3.0
CREATE TABLE webhook_digest (
    webhook_id      uuid PRIMARY KEY REFERENCES webhook (id) ON DELETE CASCADE
);
