-- Words of authorities about suspended goods, each as it was pushed: durable before it is answered.
-- serves beside: 1.0.0
CREATE TABLE pushed_event (
    adapter         text NOT NULL,
    reference       text NOT NULL,                          -- the authority's number of the case
    version         integer NOT NULL,
    digest          text NOT NULL,                          -- of its content
    mrn             text NOT NULL,
    body            text,                                   -- the event; NULL: its effect is done, or it was forgotten
    received_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    result          text NOT NULL,                          -- received: its effect is still to be determined
    answer          text,                                   -- what its sender was answered
    declaration_id  uuid,
    due_at          timestamptz,                            -- when it is looked at again; NULL: never
    PRIMARY KEY (adapter, reference, version)
);

CREATE INDEX pushed_event_due ON pushed_event (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX pushed_event_waiting ON pushed_event (mrn) WHERE result IN ('received', 'waiting');
CREATE INDEX pushed_event_listed ON pushed_event (received_at DESC) WHERE result <> 'done';
