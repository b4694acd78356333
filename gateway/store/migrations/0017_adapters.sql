-- Adapters whose code took longer than it may, and the switches by which they are disabled and enabled.
-- serves beside: 0.1.0

CREATE TABLE adapter_overrun (
    adapter         text NOT NULL,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    at              timestamptz NOT NULL DEFAULT now(),         -- the last time
    times           integer NOT NULL DEFAULT 1,
    PRIMARY KEY (adapter, declaration_id)
);

-- The newest of an adapter counts; one without any is enabled. Who did it and why stands with the event in installation_step.
CREATE TABLE adapter_switch (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter         text NOT NULL,
    enabled         boolean NOT NULL,
    at              timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX adapter_switch_of_adapter ON adapter_switch (adapter, number DESC);
CREATE TRIGGER adapter_switch_is_append_only BEFORE UPDATE OR DELETE ON adapter_switch
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adapter_switch_is_not_truncated BEFORE TRUNCATE ON adapter_switch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
