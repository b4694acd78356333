-- What the conformance kit has shown of adapters' code on this installation, by the digest of its files.
-- serves beside: 0.1.0

-- The newest of a package and digest counts. Who stored it and why stands with the event in installation_step.
CREATE TABLE adapter_tier (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter         text NOT NULL,
    package         text NOT NULL,
    digest          text NOT NULL,
    tier            text NOT NULL,                              -- draft, conformant or proven
    proven_until    timestamptz,
    lost            boolean NOT NULL DEFAULT false,             -- a step of it stood still in the loop
    at              timestamptz NOT NULL DEFAULT now()
);
CREATE TRIGGER adapter_tier_is_append_only BEFORE UPDATE OR DELETE ON adapter_tier
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adapter_tier_is_not_truncated BEFORE TRUNCATE ON adapter_tier
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
