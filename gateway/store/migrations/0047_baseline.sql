-- Everything that version 1.0 has: a database of the last version before it is the same, and is taken as it is (docs/operators-upgrade.md).
-- serves beside: 0.3.0

-- The schema of procrastinate 3.10.0 (https://github.com/procrastinate-org/procrastinate, procrastinate/sql/schema.sql).
-- MIT License. Copyright (c) 2019-2021, PeopleDoc; 2021-2023, Joachim Jablon, Eric Lemoine; 2024-, Joachim Jablon, Kai Schlamp.
-- A newer library brings its own steps (procrastinate/sql/migrations): they follow as migrations with numbers of their own.

-- Procrastinate Schema

DO $$
BEGIN
    CREATE EXTENSION IF NOT EXISTS plpgsql WITH SCHEMA pg_catalog;
EXCEPTION
    WHEN OTHERS THEN
        -- On managed PostgreSQL services (e.g. Azure Database for PostgreSQL, Amazon RDS,
        -- Google Cloud SQL), CREATE EXTENSION may fail with various error codes:
        -- insufficient_privilege, feature_not_supported, or provider-specific errors.
        -- Before ignoring, verify the extension actually exists — if it does not exist
        -- and cannot be created, re-raise so the failure is explicit.
        IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'plpgsql') THEN
            RAISE NOTICE 'plpgsql extension already exists, skipping creation.';
        ELSE
            RAISE;
        END IF;
END;
$$;

-- Enums

CREATE TYPE procrastinate_job_status AS ENUM (
    'todo',  -- The job is queued
    'doing',  -- The job has been fetched by a worker
    'succeeded',  -- The job ended successfully
    'failed',  -- The job ended with an error
    'cancelled', -- The job was cancelled
    'aborting',  -- legacy, not used anymore since v3.0.0
    'aborted'  -- The job was aborted
);

CREATE TYPE procrastinate_job_event_type AS ENUM (
    'deferred',  -- Job created, in todo
    'started',  -- todo -> doing
    'deferred_for_retry',  -- doing -> todo
    'failed',  -- doing -> failed
    'succeeded',  -- doing -> succeeded
    'cancelled', -- todo -> cancelled
    'abort_requested', -- not a state transition, but set in a separate field
    'aborted', -- doing -> aborted (only allowed when abort_requested field is set)
    'scheduled', -- not a state transition, but recording when a task is scheduled for
    'retried' -- Manually retried failed job
);

-- Composite Types

CREATE TYPE procrastinate_job_to_defer_v1 AS (
    queue_name character varying,
    task_name character varying,
    priority integer,
    lock text,
    queueing_lock text,
    args jsonb,
    scheduled_at timestamp with time zone
);

-- Tables

CREATE TABLE procrastinate_workers(
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    last_heartbeat timestamp with time zone NOT NULL DEFAULT NOW()
);

CREATE TABLE procrastinate_jobs (
    id bigserial PRIMARY KEY,
    queue_name character varying(128) NOT NULL,
    task_name character varying(128) NOT NULL,
    priority integer DEFAULT 0 NOT NULL,
    lock text,
    queueing_lock text,
    args jsonb DEFAULT '{}' NOT NULL,
    status procrastinate_job_status DEFAULT 'todo'::procrastinate_job_status NOT NULL,
    scheduled_at timestamp with time zone NULL,
    attempts integer DEFAULT 0 NOT NULL,
    abort_requested boolean DEFAULT false NOT NULL,
    worker_id bigint REFERENCES procrastinate_workers(id) ON DELETE SET NULL,
    CONSTRAINT check_not_todo_abort_requested CHECK (NOT (status = 'todo' AND abort_requested = true))
);

CREATE TABLE procrastinate_periodic_defers (
    id bigserial PRIMARY KEY,
    task_name character varying(128) NOT NULL,
    defer_timestamp bigint,
    job_id bigint REFERENCES procrastinate_jobs(id) NULL,
    periodic_id character varying(128) NOT NULL DEFAULT '',
    CONSTRAINT procrastinate_periodic_defers_unique UNIQUE (task_name, periodic_id, defer_timestamp)
);

CREATE TABLE procrastinate_events (
    id bigserial PRIMARY KEY,
    job_id bigint NOT NULL REFERENCES procrastinate_jobs ON DELETE CASCADE,
    type procrastinate_job_event_type,
    at timestamp with time zone DEFAULT NOW() NULL
);

-- Constraints & Indices

-- this prevents from having several jobs with the same queueing lock in the "todo" state
CREATE UNIQUE INDEX procrastinate_jobs_queueing_lock_idx_v1 ON procrastinate_jobs (queueing_lock) WHERE status = 'todo';
-- this prevents from having several jobs with the same lock in the "doing" state
CREATE UNIQUE INDEX procrastinate_jobs_lock_idx_v1 ON procrastinate_jobs (lock) WHERE status = 'doing';

-- Index for select_stalled_jobs_by_heartbeat query
CREATE INDEX idx_procrastinate_jobs_worker_not_null ON procrastinate_jobs(worker_id) WHERE worker_id IS NOT NULL AND status = 'doing'::procrastinate_job_status;

CREATE INDEX procrastinate_jobs_queue_name_idx_v1 ON procrastinate_jobs(queue_name);
CREATE INDEX procrastinate_jobs_id_lock_idx_v1 ON procrastinate_jobs (id, lock) WHERE status = ANY (ARRAY['todo'::procrastinate_job_status, 'doing'::procrastinate_job_status]);
CREATE INDEX procrastinate_jobs_priority_idx_v1 ON procrastinate_jobs(priority desc, id asc) WHERE (status = 'todo'::procrastinate_job_status);

CREATE INDEX procrastinate_events_job_id_fkey_v1 ON procrastinate_events(job_id);

CREATE INDEX procrastinate_periodic_defers_job_id_fkey_v1 ON procrastinate_periodic_defers(job_id);

CREATE INDEX idx_procrastinate_workers_last_heartbeat ON procrastinate_workers(last_heartbeat);

-- Functions
CREATE FUNCTION procrastinate_defer_jobs_v1(
    jobs procrastinate_job_to_defer_v1[]
)
    RETURNS bigint[]
    LANGUAGE plpgsql
AS $$
DECLARE
    job_ids bigint[];
BEGIN
    WITH inserted_jobs AS (
        INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, queueing_lock, args, scheduled_at)
        SELECT (job).queue_name,
               (job).task_name,
               (job).priority,
               (job).lock,
               (job).queueing_lock,
               (job).args,
               (job).scheduled_at
        FROM unnest(jobs) AS job
        RETURNING id
    )
    SELECT array_agg(id) FROM inserted_jobs INTO job_ids;

    RETURN job_ids;
END;
$$;

CREATE FUNCTION procrastinate_defer_periodic_job_v2(
    _queue_name character varying,
    _lock character varying,
    _queueing_lock character varying,
    _task_name character varying,
    _priority integer,
    _periodic_id character varying,
    _defer_timestamp bigint,
    _args jsonb
)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
	_job_id bigint;
	_defer_id bigint;
BEGIN
    INSERT
        INTO procrastinate_periodic_defers (task_name, periodic_id, defer_timestamp)
        VALUES (_task_name, _periodic_id, _defer_timestamp)
        ON CONFLICT DO NOTHING
        RETURNING id into _defer_id;

    IF _defer_id IS NULL THEN
        RETURN NULL;
    END IF;

    UPDATE procrastinate_periodic_defers
        SET job_id = (
            SELECT COALESCE((
                SELECT unnest(procrastinate_defer_jobs_v1(
                    ARRAY[
                        ROW(
                            _queue_name,
                            _task_name,
                            _priority,
                            _lock,
                            _queueing_lock,
                            _args,
                            NULL::timestamptz
                        )
                    ]::procrastinate_job_to_defer_v1[]
                ))
            ), NULL)
        )
        WHERE id = _defer_id
        RETURNING job_id INTO _job_id;

    DELETE
        FROM procrastinate_periodic_defers
        USING (
            SELECT id
            FROM procrastinate_periodic_defers
            WHERE procrastinate_periodic_defers.task_name = _task_name
            AND procrastinate_periodic_defers.periodic_id = _periodic_id
            AND procrastinate_periodic_defers.defer_timestamp < _defer_timestamp
            ORDER BY id
            FOR UPDATE
        ) to_delete
        WHERE procrastinate_periodic_defers.id = to_delete.id;

    RETURN _job_id;
END;
$$;

CREATE FUNCTION procrastinate_fetch_job_v2(
    target_queue_names character varying[],
    p_worker_id bigint
)
    RETURNS procrastinate_jobs
    LANGUAGE plpgsql
AS $$
DECLARE
	found_jobs procrastinate_jobs;
BEGIN
    WITH candidate AS (
        SELECT jobs.*
            FROM procrastinate_jobs AS jobs
            WHERE
                -- reject the job if its lock has earlier or higher priority jobs
                NOT EXISTS (
                    SELECT 1
                        FROM procrastinate_jobs AS other_jobs
                        WHERE
                            jobs.lock IS NOT NULL
                            AND other_jobs.lock = jobs.lock
                            AND (
                                -- job with same lock is already running
                                other_jobs.status = 'doing'
                                OR
                                -- job with same lock is waiting and has higher priority (or same priority but was queued first)
                                (
                                    other_jobs.status = 'todo'
                                    AND (
                                        other_jobs.priority > jobs.priority
                                        OR (
                                        other_jobs.priority = jobs.priority
                                        AND other_jobs.id < jobs.id
                                        )
                                    )
                                )
                            )
                )
                AND jobs.status = 'todo'
                AND (target_queue_names IS NULL OR jobs.queue_name = ANY( target_queue_names ))
                AND (jobs.scheduled_at IS NULL OR jobs.scheduled_at <= now())
            ORDER BY jobs.priority DESC, jobs.id ASC LIMIT 1
            FOR UPDATE OF jobs SKIP LOCKED
    )
    UPDATE procrastinate_jobs
        SET status = 'doing', worker_id = p_worker_id
        FROM candidate
        WHERE procrastinate_jobs.id = candidate.id
        RETURNING procrastinate_jobs.* INTO found_jobs;

 RETURN found_jobs;
END;
$$;

CREATE FUNCTION procrastinate_finish_job_v1(job_id bigint, end_status procrastinate_job_status, delete_job boolean)
    RETURNS void
    LANGUAGE plpgsql
AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF end_status NOT IN ('succeeded', 'failed', 'aborted') THEN
        RAISE 'End status should be either "succeeded", "failed" or "aborted" (job id: %)', job_id;
    END IF;
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = end_status,
            abort_requested = false,
            attempts = CASE status
                WHEN 'doing' THEN attempts + 1 ELSE attempts
            END
        WHERE id = job_id AND status IN ('todo', 'doing')
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" or "todo" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_cancel_job_v1(job_id bigint, abort boolean, delete_job boolean)
    RETURNS bigint
    LANGUAGE plpgsql
AS $$
DECLARE
    _job_id bigint;
BEGIN
    IF delete_job THEN
        DELETE FROM procrastinate_jobs
        WHERE id = job_id AND status = 'todo'
        RETURNING id INTO _job_id;
    END IF;
    IF _job_id IS NULL THEN
        IF abort THEN
            UPDATE procrastinate_jobs
            SET abort_requested = true,
                status = CASE status
                    WHEN 'todo' THEN 'cancelled'::procrastinate_job_status ELSE status
                END
            WHERE id = job_id AND status IN ('todo', 'doing')
            RETURNING id INTO _job_id;
        ELSE
            UPDATE procrastinate_jobs
            SET status = 'cancelled'::procrastinate_job_status
            WHERE id = job_id AND status = 'todo'
            RETURNING id INTO _job_id;
        END IF;
    END IF;
    RETURN _job_id;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v1(
    job_id bigint,
    retry_at timestamp with time zone,
    new_priority integer,
    new_queue_name character varying,
    new_lock character varying
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
BEGIN
    SELECT abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status = 'doing'
    FOR UPDATE
    INTO _abort_requested;
    IF _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or not in "doing" status (job id: %)', job_id;
    END IF;
END;
$$;

CREATE FUNCTION procrastinate_retry_job_v2(
    job_id bigint,
    retry_at timestamp with time zone,
    new_priority integer,
    new_queue_name character varying,
    new_lock character varying
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    _job_id bigint;
    _abort_requested boolean;
    _current_status procrastinate_job_status;
BEGIN
    SELECT status, abort_requested FROM procrastinate_jobs
    WHERE id = job_id AND status IN ('doing', 'failed')
    FOR UPDATE
    INTO _current_status, _abort_requested;
    IF _current_status = 'doing' AND _abort_requested THEN
        UPDATE procrastinate_jobs
        SET status = 'failed'::procrastinate_job_status
        WHERE id = job_id AND status = 'doing'
        RETURNING id INTO _job_id;
    ELSE
        UPDATE procrastinate_jobs
        SET status = 'todo'::procrastinate_job_status,
            attempts = attempts + 1,
            scheduled_at = retry_at,
            priority = COALESCE(new_priority, priority),
            queue_name = COALESCE(new_queue_name, queue_name),
            lock = COALESCE(new_lock, lock)
        WHERE id = job_id AND status IN ('doing', 'failed')
        RETURNING id INTO _job_id;
    END IF;

    IF _job_id IS NULL THEN
        RAISE 'Job was not found or has an invalid status to retry (job id: %)', job_id;
    END IF;

END;
$$;

CREATE FUNCTION procrastinate_notify_queue_job_inserted_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'job_inserted', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_notify_queue_abort_job_v1()
RETURNS trigger
    LANGUAGE plpgsql
AS $$
DECLARE
    payload TEXT;
BEGIN
    SELECT json_build_object('type', 'abort_job_requested', 'job_id', NEW.id)::text INTO payload;
	PERFORM pg_notify('procrastinate_queue_v1#' || NEW.queue_name, payload);
	PERFORM pg_notify('procrastinate_any_queue_v1', payload);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_insert_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'deferred'::procrastinate_job_event_type);
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_status_events_update_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    WITH t AS (
        SELECT CASE
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND NEW.status = 'doing'::procrastinate_job_status
                THEN 'started'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'deferred_for_retry'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'failed'::procrastinate_job_status
                THEN 'failed'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'succeeded'::procrastinate_job_status
                THEN 'succeeded'::procrastinate_job_event_type
            WHEN OLD.status = 'todo'::procrastinate_job_status
                AND (
                    NEW.status = 'cancelled'::procrastinate_job_status
                    OR NEW.status = 'failed'::procrastinate_job_status
                    OR NEW.status = 'succeeded'::procrastinate_job_status
                )
                THEN 'cancelled'::procrastinate_job_event_type
            WHEN OLD.status = 'doing'::procrastinate_job_status
                AND NEW.status = 'aborted'::procrastinate_job_status
                THEN 'aborted'::procrastinate_job_event_type
            WHEN OLD.status = 'failed'::procrastinate_job_status
                AND NEW.status = 'todo'::procrastinate_job_status
                THEN 'retried'::procrastinate_job_event_type
            ELSE NULL
        END as event_type
    )
    INSERT INTO procrastinate_events(job_id, type)
        SELECT NEW.id, t.event_type
        FROM t
        WHERE t.event_type IS NOT NULL;
	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_function_scheduled_events_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type, at)
        VALUES (NEW.id, 'scheduled'::procrastinate_job_event_type, NEW.scheduled_at);

	RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_trigger_abort_requested_events_procedure_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    INSERT INTO procrastinate_events(job_id, type)
        VALUES (NEW.id, 'abort_requested'::procrastinate_job_event_type);
    RETURN NEW;
END;
$$;

CREATE FUNCTION procrastinate_unlink_periodic_defers_v1()
    RETURNS trigger
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE procrastinate_periodic_defers
    SET job_id = NULL
    WHERE job_id = OLD.id;
    RETURN OLD;
END;
$$;

CREATE FUNCTION procrastinate_register_worker_v1()
    RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    INSERT INTO procrastinate_workers DEFAULT VALUES
    RETURNING procrastinate_workers.id;
END;
$$;

CREATE FUNCTION procrastinate_unregister_worker_v1(worker_id bigint)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    DELETE FROM procrastinate_workers
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION procrastinate_update_heartbeat_v1(worker_id bigint)
    RETURNS void
    LANGUAGE plpgsql
AS $$
BEGIN
    UPDATE procrastinate_workers
    SET last_heartbeat = NOW()
    WHERE id = worker_id;
END;
$$;

CREATE FUNCTION procrastinate_prune_stalled_workers_v1(seconds_since_heartbeat float)
    RETURNS TABLE(worker_id bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY
    DELETE FROM procrastinate_workers
    WHERE last_heartbeat < NOW() - (seconds_since_heartbeat || 'SECOND')::INTERVAL
    RETURNING procrastinate_workers.id;
END;
$$;

-- Triggers

CREATE TRIGGER procrastinate_jobs_notify_queue_job_inserted_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_notify_queue_job_inserted_v1();

CREATE TRIGGER procrastinate_jobs_notify_queue_job_aborted_v1
    AFTER UPDATE OF abort_requested ON procrastinate_jobs
    FOR EACH ROW WHEN ((old.abort_requested = false AND new.abort_requested = true AND new.status = 'doing'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_notify_queue_abort_job_v1();

CREATE TRIGGER procrastinate_trigger_status_events_update_v1
    AFTER UPDATE OF status ON procrastinate_jobs
    FOR EACH ROW
    EXECUTE PROCEDURE procrastinate_trigger_function_status_events_update_v1();

CREATE TRIGGER procrastinate_trigger_status_events_insert_v1
    AFTER INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_trigger_function_status_events_insert_v1();

CREATE TRIGGER procrastinate_trigger_scheduled_events_v1
    AFTER UPDATE OR INSERT ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.scheduled_at IS NOT NULL AND new.status = 'todo'::procrastinate_job_status))
    EXECUTE PROCEDURE procrastinate_trigger_function_scheduled_events_v1();

CREATE TRIGGER procrastinate_trigger_abort_requested_events_v1
    AFTER UPDATE OF abort_requested ON procrastinate_jobs
    FOR EACH ROW WHEN ((new.abort_requested = true))
    EXECUTE PROCEDURE procrastinate_trigger_abort_requested_events_procedure_v1();

CREATE TRIGGER procrastinate_trigger_delete_jobs_v1
    BEFORE DELETE ON procrastinate_jobs
    FOR EACH ROW EXECUTE PROCEDURE procrastinate_unlink_periodic_defers_v1();

-- Declarations, their versions, decisions, trail and evidence. Values of the domain stand as JSON text exactly as encoded:
-- jsonb would reorder them, and digests are over the text.
CREATE TABLE declaration (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,  -- the order of receipt, for paging
    declarant       text NOT NULL,
    lrn             text NOT NULL,
    mrn             text,
    direction       text NOT NULL,
    kind            text NOT NULL,
    eoris           text[] NOT NULL,
    received_at     timestamptz NOT NULL,
    accepted_at     timestamptz,
    current_version integer NOT NULL,
    decision_count  integer NOT NULL DEFAULT 0,
    invalidating    boolean NOT NULL DEFAULT false,
    ended           text,                                 -- the state in which nothing is done any more
    confirmed       boolean NOT NULL DEFAULT false,       -- the newest decision, by an officer
    event_seq       integer NOT NULL,
    event_head      text NOT NULL,
    wanted          integer NOT NULL DEFAULT 1,           -- how often work was asked for; due until all of it is taken up
    taken           integer NOT NULL DEFAULT 0,           -- as much of it as the lease's holder has seen
    due_at          timestamptz,
    lease_owner     text,
    lease_token     bigint NOT NULL,
    lease_until     timestamptz,
    released        text,                                  -- what was released so far
    given_back      boolean NOT NULL DEFAULT false,          -- abandoned: what it held goes back
    unsettled       boolean NOT NULL DEFAULT false,         -- something has to be looked up at an authority, even if it ended
    holding_since   timestamptz,                                -- since when it has something reserved
    hinted          boolean NOT NULL DEFAULT false,             -- another look at the documents is wanted: an answer was open, or an authority says that one changed
    gave_up         integer,                                    -- the decision on which nothing was asked again by itself any more
    look_due_at     timestamptz,                                -- when it is looked at again by itself; NULL: it is not
    examination     text,                                       -- the last one that customs announced
    covered_from    integer DEFAULT 1,                          -- the event from which on all rows are told of; NULL: none yet
    erased          boolean NOT NULL DEFAULT false,             -- its content was erased: nothing is done with it any more
    lost            bigint[] NOT NULL DEFAULT '{}',             -- their tokens, since the last decision
    left_since      timestamptz,                                -- since when; null: there is nothing of the kind
    office          text,                                       -- where it is lodged
    presentation_office text,                                   -- where the goods are presented, if elsewhere
    listed          integer,                                    -- the decision that the following say; another one: not filled in yet
    held_since      timestamptz,                                -- the first of the decisions in a row that hold or refuse
    listing         jsonb,                                      -- what readers find: nothing is hashed of it, so its order is nobody's
    waits_for       text[] NOT NULL DEFAULT '{}',               -- the authorities that did not answer it: it is assessed again once they do,
    waits_since     timestamptz,                                -- since when,
    waits_at        timestamptz,                                -- and when they were asked last
    hinted_by       text[] NOT NULL DEFAULT '{}',               -- why another look is wanted, in the order in which it was asked for
    clock_due_at    timestamptz,                                -- when a time limit of the law is acted on; NULL: none runs
    CONSTRAINT declaration_one_per_lrn UNIQUE (declarant, lrn)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

CREATE UNIQUE INDEX declaration_one_per_mrn ON declaration (mrn) WHERE mrn IS NOT NULL;
CREATE UNIQUE INDEX declaration_by_number ON declaration (number);
CREATE INDEX declaration_due ON declaration (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX declaration_by_lrn ON declaration (lrn);

CREATE TABLE declaration_version (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    version         integer NOT NULL,
    digest          text NOT NULL,
    state           text NOT NULL,
    received_at     timestamptz NOT NULL,
    model           text,                                 -- NULL once erased
    raw             text,                                 -- digest of the message as it came
    documents       text,                                 -- NULL: as in the decision
    decision_number integer,
    PRIMARY KEY (declaration_id, version)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Whose declaration it is, newest first.
CREATE TABLE party (
    eori            text NOT NULL,
    number          bigint NOT NULL,
    declaration_id  uuid NOT NULL,
    since           integer NOT NULL DEFAULT 1,                 -- the version from which on it is named without a break: earlier ones are not found by it
    PRIMARY KEY (eori, number)
);
CREATE INDEX party_of_declaration ON party (declaration_id);

CREATE TABLE citation (
    reference       text NOT NULL,
    type            text NOT NULL,
    declaration_id  uuid NOT NULL,
    identified      boolean NOT NULL DEFAULT false,             -- stands under the identity that its authority's rule gives, not under the declared spelling
    last            integer NOT NULL DEFAULT 1,                 -- the newest version that cites it
    PRIMARY KEY (reference, type, declaration_id)
);

CREATE TABLE decision (
    declaration_id  uuid NOT NULL,
    number          integer NOT NULL,
    version         integer NOT NULL,
    decided_at      timestamptz NOT NULL,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, number)
);

CREATE TABLE officer_verification (
    declaration_id  uuid NOT NULL,
    event_seq       integer NOT NULL,
    type            text NOT NULL,
    reference       text NOT NULL,
    body            text NOT NULL,
    salt            text,
    PRIMARY KEY (declaration_id, event_seq)
);

CREATE TABLE event (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL,
    PRIMARY KEY (declaration_id, seq)
);

-- What an officer or a caller gave with a step: personal data, which the step's event cites by number only.
CREATE TABLE step (
    declaration_id  uuid NOT NULL,
    event_seq       integer NOT NULL,
    body            text NOT NULL,
    kind            text,                                       -- of one that is carried out, as a release is: `outcome` is NULL until it is
    outcome         text,
    salt            text,                                       -- of the digest by which its event cites the body, which can be erased
    reports         text,                                       -- what authorities are told of the release; NULL: nothing is required
    reports_due_at  timestamptz,                                -- when those that no authority has yet are sent; NULL: there are none
    reports_taken   integer NOT NULL DEFAULT 0,                 -- how often a process took them to send them
    PRIMARY KEY (declaration_id, event_seq)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- A partition per day, made ahead: what may be erased goes with its day. The default one takes what no day was made for.
CREATE TABLE evidence (
    day             date NOT NULL DEFAULT current_date,
    digest          text NOT NULL,
    body            bytea NOT NULL,
    PRIMARY KEY (digest, day)
) PARTITION BY RANGE (day);
ALTER TABLE evidence ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already
CREATE TABLE evidence_default PARTITION OF evidence DEFAULT;

CREATE TABLE evidence_link (
    declaration_id  uuid NOT NULL,
    digest          text NOT NULL,
    day             date NOT NULL DEFAULT current_date,
    PRIMARY KEY (declaration_id, digest)
);

-- root = SHA-256 over the root before and this checkpoint's heads: those that grew since the one before.
CREATE TABLE checkpoint (
    number          bigint PRIMARY KEY,
    at              timestamptz NOT NULL,
    root            text NOT NULL,
    heads           bigint NOT NULL
);

CREATE TABLE checkpoint_head (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,
    hash            text NOT NULL,
    checkpoint      bigint NOT NULL REFERENCES checkpoint,
    PRIMARY KEY (declaration_id, seq)
);
CREATE INDEX checkpoint_head_in_order ON checkpoint_head (checkpoint, declaration_id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME;
END;
$$;

CREATE TRIGGER event_is_append_only BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_is_not_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decision_is_append_only BEFORE UPDATE OR DELETE ON decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_is_append_only BEFORE UPDATE OR DELETE ON checkpoint
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER checkpoint_head_is_append_only BEFORE UPDATE OR DELETE ON checkpoint_head
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE INDEX declaration_holding ON declaration (holding_since) WHERE holding_since IS NOT NULL;
CREATE INDEX declaration_unsettled ON declaration (received_at) WHERE unsettled;

-- An order to an authority: written as an intent before it is sent. `body` is the whole of it.
CREATE TABLE movement (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    number          integer NOT NULL,
    type            text NOT NULL,
    reference       text NOT NULL,
    adapter         text NOT NULL,
    kind            text NOT NULL,
    state           text NOT NULL,
    planned_at      timestamptz NOT NULL,
    settled_at      timestamptz,
    body            text NOT NULL,
    PRIMARY KEY (declaration_id, number)
) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);

-- Nothing is ordered of a document while it is not known what became of the order before.
CREATE UNIQUE INDEX movement_one_open ON movement (declaration_id, type, reference) WHERE state IN ('planned', 'in_doubt');
CREATE INDEX movement_open ON movement (planned_at) WHERE state IN ('planned', 'in_doubt');
CREATE INDEX step_open ON step (declaration_id, event_seq) WHERE kind IS NOT NULL AND outcome IS NULL;

-- Whether the documents were asked about after everything that was received of them.
CREATE FUNCTION is_looked_at(declaration uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        max(seq) FILTER (WHERE kind = 'documents.verified') > max(seq) FILTER (WHERE kind IN (
            'declaration.received', 'amendment.received', 'acceptance.received', 'document.verified_by_officer',
            'declaration.abandoned', 'quantity.doubted'
        )),
        false
    )
    FROM event WHERE declaration_id = declaration
$$;

-- Sets of tables, and when each comes into force.
CREATE TABLE table_set (
    digest          text PRIMARY KEY,
    version         text NOT NULL,
    content         text NOT NULL,                      -- all rows as JSON, of which the digest is made
    stored_at       timestamptz NOT NULL DEFAULT now()
);

-- Of those whose time has come the latest counts; of two at one time the one that was ordered last.
CREATE TABLE table_switch (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    digest          text NOT NULL REFERENCES table_set,
    in_force_at     timestamptz NOT NULL,
    ordered_at      timestamptz NOT NULL DEFAULT now(),
    officer         text,
    reason          text,
    actor           text,                                       -- beside the name in `officer`
    approver        text,
    salt            text,                                       -- of the digests of officer, reason and actor
    loosens         text                                        -- against the set before it, as it was told then, as JSON; NULL: nothing
);

CREATE INDEX table_switch_in_force ON table_switch (in_force_at, number);

-- What EORIs and customs are told of their declarations, in the order in which it was committed.
-- A row is written with what it tells of, by transactions that commit in any order, and has no number yet. Whoever reads
-- numbers what is committed, one at a time under the counter's lock: no number appears below one that was seen.
CREATE TABLE notice (
    id              bigint GENERATED ALWAYS AS IDENTITY,
    number          bigint,                               -- NULL: not read by anybody yet
    at              timestamptz NOT NULL DEFAULT now(),
    kind            text NOT NULL,
    declaration_id  uuid NOT NULL,
    lrn             text NOT NULL,
    mrn             text,
    version         integer NOT NULL,
    state           text NOT NULL,
    decision        integer,
    effect          text,
    eoris           text[] NOT NULL,
    documents       text,                                       -- what it is about, each with its status then, as JSON; NULL: none
    told            boolean NOT NULL DEFAULT false,             -- whether customs had confirmed what it tells: a trader reads no refusal before that
    released        boolean                                     -- what became of the release that was ordered; NULL: it is about none
);
CREATE INDEX notice_unnumbered ON notice (id) WHERE number IS NULL;
CREATE UNIQUE INDEX notice_in_order ON notice (number) WHERE number IS NOT NULL;
CREATE INDEX notice_by_age ON notice USING brin (at);

CREATE TABLE notice_counter (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    last            bigint NOT NULL
);
INSERT INTO notice_counter (last) VALUES (0);

-- What a step that is no decision tells of: the declaration with the decision that stands on its newest version.
CREATE VIEW last_decided AS
SELECT d.id, d.lrn, d.mrn, d.eoris, v.version, v.state, v.decision_number, c.body AS decision
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;

-- Contingency windows (Impl. Reg. (EU) 2024/2145, Art. 11), what was decided inside them, and what became of it.
CREATE TABLE contingency_window (
    number          integer PRIMARY KEY,                        -- from 1, without gaps: it is quoted
    adapter         text NOT NULL,
    mode            text NOT NULL,
    opened_at       timestamptz NOT NULL,
    until           timestamptz,
    closed_at       timestamptz,
    opening         text,                                       -- officers and reason: NULL once erased
    closing         text,                                       -- the same
    opening_salt    text,
    closing_salt    text
);

CREATE FUNCTION is_in_force(contingency_window) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT $1.closed_at IS NULL AND ($1.until IS NULL OR $1.until > now())
$$;

-- Openings and closings, in one chain for all windows.
CREATE TABLE contingency_event (
    seq             integer PRIMARY KEY,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL
);
CREATE TRIGGER contingency_event_is_append_only BEFORE UPDATE OR DELETE ON contingency_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER contingency_event_is_not_truncated BEFORE TRUNCATE ON contingency_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- A document that was decided inside a window. `body` is the whole of it.
CREATE TABLE contingency_document (
    declaration_id  uuid NOT NULL REFERENCES declaration,
    number          integer NOT NULL REFERENCES contingency_window,
    type            text NOT NULL,
    reference       text NOT NULL,
    place           bigint GENERATED ALWAYS AS IDENTITY,        -- the order of the list, for paging
    let_through     boolean NOT NULL,                           -- released, and nobody had verified it
    afterwards      text NOT NULL,
    body            text NOT NULL,
    looks           integer NOT NULL DEFAULT 0,                 -- how often it was looked at since the window ended
    due_at          timestamptz NOT NULL DEFAULT now(),         -- not looked at again before
    PRIMARY KEY (declaration_id, number, type, reference)
);
CREATE UNIQUE INDEX contingency_document_in_order ON contingency_document (number, place);
CREATE INDEX contingency_document_awaited ON contingency_document (due_at) WHERE afterwards = 'awaited';

CREATE INDEX declaration_look_due ON declaration (look_due_at) WHERE look_due_at IS NOT NULL;

-- Decisions of a span of time are read without reading all others. They come in the order of time: the index grows at its end.
CREATE INDEX decision_by_time ON decision (decided_at);

-- What officers did by their own judgement, in the order in which it was committed: overrides, verifications, interventions,
-- granted applications. The words stand in the row of the step.
CREATE TABLE act (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at              timestamptz NOT NULL,
    kind            text NOT NULL,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    event_seq       integer NOT NULL
);
CREATE INDEX act_by_kind ON act (kind, number);
CREATE INDEX act_of_declaration ON act (declaration_id);

-- Orders that need a second person. What the order says and who asked stand in `body`, who approved or rejected it in `ending`:
-- both can be erased.
CREATE TABLE approval (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,        -- the order of asking, for paging
    kind            text NOT NULL,
    declaration_id  uuid REFERENCES declaration,                -- NULL: no declaration's
    request         text NOT NULL,                              -- salted digest of who orders what: the same again is the same approval
    stands_on       text NOT NULL,                              -- what the declaration was like: void once it is not
    state           text NOT NULL DEFAULT 'open',
    asked_at        timestamptz NOT NULL DEFAULT now(),
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    event_seq       integer,                                    -- of the step that it became
    body            text,
    salt            text,
    ending          text,
    ending_salt     text
);
CREATE UNIQUE INDEX approval_in_order ON approval (number);
CREATE INDEX approval_open ON approval (number) WHERE state = 'open';
CREATE INDEX approval_of_declaration ON approval (declaration_id, number);

-- What an order rests on: the declaration's version, decision and state, or the set of tables in force.
CREATE FUNCTION approval_basis(kind text, declaration uuid) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT CASE
        WHEN declaration IS NOT NULL THEN (
            SELECT concat_ws(
                ' ', 'version', d.current_version, 'decision', d.decision_count, 'accepted', d.accepted_at IS NOT NULL,
                'ending', d.invalidating, d.ended, 'released', md5(d.released)
            )
            FROM declaration d WHERE d.id = declaration
        )
        WHEN kind = 'tables' THEN coalesce(
            (SELECT s.digest FROM table_switch s WHERE s.in_force_at <= now() ORDER BY s.in_force_at DESC, s.number DESC LIMIT 1),
            ''
        )
        ELSE ''
    END
$$;

CREATE VIEW approval_standing AS
SELECT a.*, d.lrn, d.mrn,
       CASE
           WHEN a.state <> 'open' THEN a.state
           WHEN a.stands_on <> approval_basis(a.kind, a.declaration_id) THEN 'void'
           WHEN a.ends_at <= now() THEN 'expired'
           ELSE 'open'
       END AS standing
FROM approval a LEFT JOIN declaration d ON d.id = a.declaration_id;

CREATE TABLE application (
    id              uuid PRIMARY KEY,
    number          bigint GENERATED ALWAYS AS IDENTITY,        -- the order of receipt, for paging
    declaration_id  uuid NOT NULL REFERENCES declaration,
    kind            text NOT NULL,
    version         integer NOT NULL,                           -- of the declaration, that it speaks of
    grounds         text NOT NULL,
    party           text NOT NULL,
    state           text NOT NULL,
    applied_at      timestamptz NOT NULL,
    last_day        date,
    content         text,                                       -- digest of what the amended declaration says
    raw             text,                                       -- digest of the message as it came
    model           text,                                       -- the amended declaration: NULL once erased
    applied_seq     integer NOT NULL,                           -- the event; who applied, in which words, stands in its step
    decided_at      timestamptz,
    because         text,
    decided_seq     integer                                     -- the event; who decided, and why, stands in its step
);
CREATE UNIQUE INDEX application_in_order ON application (number);
CREATE UNIQUE INDEX application_in_state ON application (state, number);
CREATE INDEX application_of_declaration ON application (declaration_id, number);
CREATE UNIQUE INDEX application_one_open ON application (declaration_id) WHERE state = 'open';

-- An application as it is read: with the words of whoever applied and decided, until they are erased.
CREATE VIEW application_record AS
SELECT a.number, a.id AS uuid, a.id::text AS id, a.declaration_id, a.declaration_id::text AS declaration, d.lrn, d.mrn, d.eoris,
       a.kind, a.version, a.grounds, a.party, a.state, a.applied_at, a.last_day, a.content, a.raw, s.body AS applied,
       a.decided_at, a.because, w.body AS decided
FROM application a JOIN declaration d ON d.id = a.declaration_id
LEFT JOIN step s ON s.declaration_id = a.declaration_id AND s.event_seq = a.applied_seq
LEFT JOIN step w ON w.declaration_id = a.declaration_id AND w.event_seq = a.decided_seq;

CREATE VIEW declaration_record AS
SELECT d.number, d.id, v.version, d.current_version, d.lrn, d.mrn, d.declarant, d.eoris, d.direction, d.kind,
       v.received_at, d.accepted_at, d.event_seq,
       CASE WHEN v.state = 'received' AND d.lease_until > now() THEN 'processing' ELSE v.state END AS state,
       v.version = d.current_version AND d.due_at IS NOT NULL AS due,
       v.documents, c.body AS decision,
       d.confirmed AND v.version = d.current_version AS confirmed,
       d.released,
       v.version = d.current_version AND EXISTS (
           SELECT 1 FROM step s WHERE s.declaration_id = d.id AND s.kind IS NOT NULL AND s.outcome IS NULL
       ) AS outstanding,
       d.examination
FROM declaration d
JOIN declaration_version v ON v.declaration_id = d.id
LEFT JOIN decision c ON c.declaration_id = d.id AND c.number = v.decision_number;
CREATE INDEX citation_as_declared ON citation (type, reference) WHERE NOT identified;
CREATE INDEX declaration_unsealed ON declaration (number) WHERE covered_from IS NULL;

-- What happens to the installation as a whole, in one chain: sets of tables stored and switched, evidence that expired.
CREATE TABLE installation_event (
    seq             integer PRIMARY KEY,
    kind            text NOT NULL,
    at              timestamptz NOT NULL,
    text            text NOT NULL,
    hash            text NOT NULL
);
CREATE TRIGGER installation_event_is_append_only BEFORE UPDATE OR DELETE ON installation_event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER installation_event_is_not_truncated BEFORE TRUNCATE ON installation_event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who ordered it and why: personal data, kept apart so that it can be erased.
CREATE TABLE installation_step (
    event_seq       integer PRIMARY KEY,
    body            text NOT NULL,
    salt            text
);

-- Which notices are the same: after a restore from a backup other ones stand under the numbers that were given before.
-- The identities that the feed of notices had, the newest last. Another one begins whenever what was told may have been lost.
CREATE TABLE notice_feed (
    number          bigint PRIMARY KEY,                   -- from 1 on, each given under the lock of notice_counter
    identity        text NOT NULL UNIQUE DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 12),
    began_after     bigint NOT NULL,                      -- the last notice's number when it began
    began_at        timestamptz NOT NULL DEFAULT now()
);
INSERT INTO notice_feed (number, began_after) VALUES (1, 0);

-- What a notice is told apart by from another one under its number.
CREATE FUNCTION notice_mark(n notice) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT left(encode(sha256(convert_to(concat_ws(
        '|', n.number, extract(epoch FROM n.at), n.kind, n.declaration_id, n.version, n.state, n.decision), 'UTF8')), 'hex'), 12)
$$;

-- Adapters whose code took longer than it may, and the switches by which they are disabled and enabled.
CREATE TABLE adapter_overrun (
    adapter         text NOT NULL,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    at              timestamptz NOT NULL DEFAULT now(),         -- the last time
    times           integer NOT NULL DEFAULT 1,
    kind            text,                                       -- late, ended or memory, the last time
    PRIMARY KEY (adapter, declaration_id)
);

-- The newest of an adapter counts; one without any is enabled. Who did it and why stands with the event in installation_step.
CREATE TABLE adapter_switch (
    number          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    adapter         text NOT NULL,
    enabled         boolean NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    draining        boolean NOT NULL DEFAULT false,
    quarantined     boolean NOT NULL DEFAULT false,
    declarations    integer,                                    -- of so many its code overran; NULL: it is no quarantine
    late            integer,                                    -- with how many of them it took too long last,
    ended           integer,                                    -- ended its process,
    memory          integer                                     -- or wanted too much memory
);
CREATE INDEX adapter_switch_of_adapter ON adapter_switch (adapter, number DESC);
CREATE TRIGGER adapter_switch_is_append_only BEFORE UPDATE OR DELETE ON adapter_switch
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER adapter_switch_is_not_truncated BEFORE TRUNCATE ON adapter_switch
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE INDEX declaration_left ON declaration (left_since) WHERE left_since IS NOT NULL;

-- Parts of a load of TARIC: kept once under the digest of their text, by which sets of tables name them.
CREATE TABLE table_part (
    digest          text PRIMARY KEY,
    body            bytea NOT NULL
);
CREATE TRIGGER table_part_is_append_only BEFORE UPDATE OR DELETE ON table_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER table_part_is_not_truncated BEFORE TRUNCATE ON table_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Keys that are kept here: in force on all replicas from the moment they are made, and out of force from the moment they are revoked.
CREATE TABLE api_key (
    id              uuid PRIMARY KEY,
    name            text NOT NULL UNIQUE,                       -- for ever: events name who acted by it
    digest          text NOT NULL UNIQUE,                       -- SHA-256 of the key in hexadecimal; the key itself is kept nowhere
    role            text NOT NULL,
    person          text,                                       -- whose key it is; empty: the name is the person; null: it is erased
    salt            text,
    eoris           text[],
    authority       text,
    asserts_officers boolean NOT NULL,
    offices         text[],                                     -- null: all
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    made_by         text NOT NULL,                              -- the caller with whose access it ends, or the command line
    expires_at      timestamptz
);
CREATE INDEX api_key_made ON api_key (made_at DESC, id DESC);
CREATE INDEX api_key_of_maker ON api_key (made_by, made_at DESC, id DESC);

CREATE TABLE api_key_end (
    key_id          uuid PRIMARY KEY REFERENCES api_key,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    by              text NOT NULL,
    reason          text,
    salt            text
);

-- When each was last used, to the minute.
CREATE TABLE api_key_use (
    key_id          uuid PRIMARY KEY REFERENCES api_key,
    at              timestamptz NOT NULL
);

-- A key as it stands now.
CREATE VIEW api_key_now AS
SELECT k.*, coalesce(k.expires_at <= now(), false) AS expired, u.at AS used_at,
       e.at AS revoked_at, e.by AS revoked_by, e.reason AS revoked_because
FROM api_key k
LEFT JOIN api_key_end e ON e.key_id = k.id
LEFT JOIN api_key_use u ON u.key_id = k.id;

CREATE TRIGGER api_key_is_not_truncated BEFORE TRUNCATE ON api_key
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER api_key_end_is_not_truncated BEFORE TRUNCATE ON api_key_end
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Whether a declaration is lodged or presented at one of these customs offices, by the content of its newest version. What is
-- erased, or names no office, is at none. `offices` null: all.
CREATE FUNCTION is_at_offices(id uuid, offices text[]) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT offices IS NULL OR EXISTS (
        SELECT 1 FROM declaration d
        JOIN declaration_version v ON v.declaration_id = d.id AND v.version = d.current_version
        WHERE d.id = is_at_offices.id
          AND (v.model::jsonb ->> 'customs_office' = ANY (offices) OR v.model::jsonb ->> 'presentation_office' = ANY (offices))
    )
$$;

-- Who read a case, where a person did: what machines read is not written down.
CREATE TABLE reading (
    number          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    declaration_id  uuid NOT NULL REFERENCES declaration,
    version         integer NOT NULL,
    at              timestamptz NOT NULL DEFAULT clock_timestamp(),
    what            text NOT NULL,
    name            text NOT NULL,                              -- of the key, the certificate or the subject
    person          text,                                       -- null: it is erased
    role            text NOT NULL,
    proven          text NOT NULL,
    follows         bigint,                                     -- the reading of the declaration before it; NULL: none is known
    salt            text,                                       -- of the seal, and of the person in it, who can be erased
    seal            text                                        -- over what the row says, and which reading came before
);
CREATE INDEX reading_of_declaration ON reading (declaration_id, number DESC);
CREATE TRIGGER reading_is_not_deleted BEFORE DELETE ON reading
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reading_is_not_truncated BEFORE TRUNCATE ON reading
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who was proven by issuers, who is signed in, and sign-ins and sign-outs that wait for their issuer. All of it is personal data that is forgotten.
-- What an issuer said last of somebody: by it an order that waits for a second person is still theirs.
CREATE TABLE proven_subject (
    name            text PRIMARY KEY,
    issuer          text NOT NULL,
    subject         text NOT NULL,
    person          text NOT NULL,
    is_person       boolean NOT NULL,
    role            text NOT NULL,
    eoris           text[],
    offices         text[],
    proven_at       timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX proven_subject_by_time ON proven_subject (proven_at);

CREATE TABLE session (
    digest          bytea PRIMARY KEY,                          -- SHA-256 of what the browser keeps
    room            text NOT NULL,
    issuer          text NOT NULL,
    subject         text NOT NULL,
    sid             text,                                       -- the issuer's own name of its session
    name            text NOT NULL,
    person          text NOT NULL,
    role            text NOT NULL,
    eoris           text[],
    offices         text[],
    id_token        text,                                       -- shown to the issuer at sign-out; gone once it is over
    began_at        timestamptz NOT NULL DEFAULT now(),
    used_at         timestamptz NOT NULL DEFAULT now(),
    ends_at         timestamptz NOT NULL,
    ended_at        timestamptz,
    ended_by        text,
    draft           text,                                       -- what they typed when it had ended: the fields of one form, as JSON
    draft_path      text,                                       -- the page that it belongs to
    draft_at        timestamptz                                 -- kept for half an hour from then on, until they are signed in again
);
CREATE INDEX session_of_subject ON session (issuer, subject) WHERE ended_at IS NULL;
CREATE INDEX session_by_end ON session (ends_at);

CREATE TABLE sign_in (
    state           bytea PRIMARY KEY,                          -- SHA-256 of what goes to the issuer and comes back
    kind            text NOT NULL,                              -- sign-in, or sign-out at the issuer
    browser         bytea NOT NULL,                             -- SHA-256 of what the browser keeps meanwhile
    issuer          text NOT NULL,
    nonce           text NOT NULL,
    verifier        text NOT NULL,
    target          text NOT NULL,
    ends_at         timestamptz NOT NULL
);
CREATE INDEX sign_in_by_end ON sign_in (ends_at);

-- Readers are officers (0), officers once a refusal is confirmed (1), traders (2), traders once they are told of it (3).
CREATE FUNCTION listed_as(listing jsonb, reader integer) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT listing -> 'entries' -> (listing -> 'readers' ->> reader)::integer
$$;

-- What another version of the gateway decided is not filled in: since when the goods are held is not known then.
CREATE FUNCTION listed_now(declaration, number integer) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1.decision_count = coalesce($1.listed, 0) THEN number END
$$;
CREATE FUNCTION held_from(declaration, decided_at timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN $1.decision_count = coalesce($1.listed, 0) AND decided_at IS NOT NULL
                THEN coalesce($1.held_since, decided_at) END
$$;

-- What stands in a queue, and what may: declarations that are held, and decided ones that are not filled in.
CREATE INDEX declaration_held ON declaration (number)
    WHERE held_since IS NOT NULL OR decision_count <> coalesce(listed, 0);
CREATE INDEX declaration_not_listed ON declaration (number) WHERE decision_count <> coalesce(listed, 0);

-- Found by their last characters, as people read them out.
CREATE INDEX declaration_by_end_of_mrn ON declaration (reverse(mrn) text_pattern_ops) WHERE mrn IS NOT NULL;
CREATE INDEX declaration_by_end_of_lrn ON declaration (reverse(lrn) text_pattern_ops);
CREATE INDEX party_by_end ON party (reverse(eori) text_pattern_ops, number);
CREATE INDEX citation_by_end ON citation (reverse(reference) text_pattern_ops);
CREATE INDEX declaration_waits ON declaration (waits_since) WHERE waits_for <> '{}';

CREATE TABLE adapter_return (
    adapter         text PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX session_with_draft ON session (draft_at) WHERE draft_at IS NOT NULL;

-- What places in lists are sealed with for traders: every replica reads what any of them gave.
CREATE TABLE place_key (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    key             bytea NOT NULL
);
INSERT INTO place_key (key) VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));

-- How the calls of each process to authorities went, in slots of time: what is said of an authority counts over all replicas.
CREATE TABLE authority_figures (
    adapter         text NOT NULL,
    slot            timestamptz NOT NULL,
    -- Who made the calls.
    process         text NOT NULL,
    -- Calls by how long they took, one count for each bound, and one for those that exceeded the last.
    latencies       integer[] NOT NULL,
    -- Calls without an answer, by the code of the fault.
    faults          jsonb NOT NULL DEFAULT '{}',
    -- When the call was made that was answered last; the first one since then that was not; and the latest such call.
    last_ok_at      timestamptz,
    down_since      timestamptz,
    away_at         timestamptz,
    PRIMARY KEY (adapter, slot, process)
);
CREATE INDEX authority_figures_slot ON authority_figures (slot);

-- Webhooks: at which addresses owners are told what happens to declarations, and how each event stands there.
CREATE TABLE webhook (
    id              uuid PRIMARY KEY,
    owner           text NOT NULL,                              -- the caller with whose access it ends
    counts_for      text NOT NULL,                              -- whose share of webhooks it takes: of a key of one's own, its maker's
    role            text NOT NULL,
    address         text NOT NULL,
    eoris           text[],                                     -- null: everybody's; for a trader never
    offices         text[],                                     -- null: all
    kinds           text[],                                     -- null: all
    language        text NOT NULL,
    secret          bytea NOT NULL,                             -- sealed
    old_secret      bytea,                                      -- the one before, sealed; it signs for a day after rotated_at
    rotated_at      timestamptz,
    begun_after     bigint NOT NULL,                            -- the last notice before it was made
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at        timestamptz,
    ended_by        text,
    ended_because   text
);
CREATE INDEX webhook_of_owner ON webhook (owner, made_at DESC, id DESC);
CREATE INDEX webhook_of_share ON webhook (counts_for) WHERE ended_at IS NULL;
CREATE INDEX webhook_in_order ON webhook (made_at DESC, id DESC);
CREATE INDEX webhook_of_everybody ON webhook (id) WHERE eoris IS NULL AND ended_at IS NULL;

-- By whose declarations those of traders are found, with what else is compared of each; gone once the webhook has ended.
CREATE TABLE webhook_eori (
    eori            text NOT NULL,
    webhook_id      uuid NOT NULL REFERENCES webhook,
    begun_after     bigint NOT NULL,
    kinds           text[],
    PRIMARY KEY (eori, webhook_id)
);

-- What changes with every event.
CREATE TABLE webhook_queue (
    webhook_id      uuid PRIMARY KEY REFERENCES webhook,
    last            bigint NOT NULL DEFAULT 0,                  -- the number of its last event
    added           bigint NOT NULL DEFAULT 0,                  -- how often there was more to send: by it a claim knows that it saw all
    due_at          timestamptz NOT NULL DEFAULT 'infinity',    -- when somebody has to see what is to be sent
    failures        integer NOT NULL DEFAULT 0,                 -- one after the other, of different declarations
    failed_with     uuid,                                       -- the declaration of the last of them
    failing_since   timestamptz,
    paused_until    timestamptz,
    delivered_at    timestamptz
) WITH (fillfactor = 50);
CREATE INDEX webhook_queue_due ON webhook_queue (due_at) WHERE due_at < 'infinity';

-- An event of a webhook, by its number there. That it waits is all that sending rests on.
CREATE TABLE webhook_delivery (
    webhook_id      uuid NOT NULL REFERENCES webhook,
    number          bigint NOT NULL,
    series          text NOT NULL,                              -- the identity that the feed of notices had
    kind            text NOT NULL,
    notice          bigint,                                     -- null: of a test
    declaration_id  uuid,
    state           text NOT NULL DEFAULT 'waiting',
    attempts        integer NOT NULL DEFAULT 0,
    made_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    tried_for       timestamptz NOT NULL DEFAULT clock_timestamp(),  -- from when on the time counts after which it is dead
    next_at         timestamptz NOT NULL DEFAULT clock_timestamp(),
    claimed_until   timestamptz,
    status          integer,
    fault           text,
    tried_at        timestamptz,
    milliseconds    integer,
    PRIMARY KEY (webhook_id, number)
) WITH (fillfactor = 80);
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_of_declaration ON webhook_delivery (webhook_id, declaration_id, number) WHERE state = 'waiting';
CREATE INDEX webhook_delivery_claimed ON webhook_delivery (webhook_id) WHERE state = 'waiting' AND claimed_until IS NOT NULL;
CREATE INDEX webhook_delivery_dead ON webhook_delivery (webhook_id) WHERE state = 'dead';
CREATE INDEX webhook_delivery_by_age ON webhook_delivery (made_at);

-- Up to which notice events were made of them.
CREATE TABLE webhook_cursor (
    one             boolean PRIMARY KEY DEFAULT true CHECK (one),  -- there is one row
    last            bigint NOT NULL
);
INSERT INTO webhook_cursor (last) SELECT last FROM notice_counter;

-- Webhooks as they are shown: of what waits and of what is dead up to ten thousand are counted.
CREATE VIEW webhook_shown AS
SELECT w.*, q.last, q.failing_since, q.delivered_at,
       CASE WHEN q.failing_since IS NOT NULL AND q.due_at < 'infinity' THEN q.due_at END AS next_at,
       (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'waiting' LIMIT 10000) AS counted)
           AS waiting,
       (SELECT count(*) FROM (SELECT 1 FROM webhook_delivery d WHERE d.webhook_id = w.id AND d.state = 'dead' LIMIT 10000) AS counted)
           AS dead
FROM webhook w JOIN webhook_queue q ON q.webhook_id = w.id;

-- What other rules would have decided, as `gateway replay --report` counted it: figures with names of declarations, and of no person but who asked.
CREATE TABLE what_if_report (
    id              uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    made_at         timestamptz NOT NULL DEFAULT now(),
    asked_by        text,                                       -- the account of the machine; NULL: it has no name, or it is erased
    question        text NOT NULL,                              -- replay, what_if or shadow
    since           date NOT NULL,
    until           date,                                       -- the last day; NULL: up to when it was made
    tables_version  text,                                       -- NULL: those that decided
    tables_digest   text,
    rules           text,                                       -- the folder with other tables
    rule_set        text,
    figures         text NOT NULL                               -- as `--json` prints them
);
CREATE INDEX what_if_report_by_time ON what_if_report (made_at, id);

-- What a person saw last of a declaration, and which alerts they have done with: theirs alone, under a digest of who they are.
CREATE TABLE seen_mark (
    person          bytea NOT NULL,                             -- SHA-256 of the issuer and its name of the person
    declaration_id  uuid NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    event           integer NOT NULL,                           -- the last event that they were shown, by the number that they know it by
    shown           text NOT NULL,                              -- how it stood, as far as they were told
    PRIMARY KEY (person, declaration_id)
);
CREATE INDEX seen_mark_by_time ON seen_mark (at);

CREATE TABLE seen_alert (
    person          bytea NOT NULL,
    notice          bigint NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, notice)
);
CREATE INDEX seen_alert_by_time ON seen_alert (at);

-- What the conformance kit has shown of adapters' code on this installation, by the digest of its files.
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

CREATE TABLE adapter_process (
    adapter         text NOT NULL,
    process         text NOT NULL,
    at              timestamptz NOT NULL DEFAULT now(),         -- when the process said so
    until           timestamptz NOT NULL,                       -- it would have said it again before, if it lived
    tier            text NOT NULL,
    why             text NOT NULL,
    runs_in         text NOT NULL,                              -- loop or sandbox
    breaker         text NOT NULL,
    in_flight       integer NOT NULL,
    last_at         timestamptz,                                -- of the last exchange; NULL: it had none
    last_outcome    text,
    last_ms         integer,
    PRIMARY KEY (adapter, process)
);

-- The shares of processes in what an authority allows a minute in all.
CREATE TABLE request_share (
    adapter         text NOT NULL,
    process         text NOT NULL,
    share           integer NOT NULL,                           -- requests in any 60 seconds,
    until           timestamptz NOT NULL,                       -- which the process goes by until then
    used            integer NOT NULL,                           -- requests of the last 60 seconds when it settled, and of places taken ahead
    used_until      timestamptz NOT NULL,                       -- when none of them counts any more
    PRIMARY KEY (adapter, process)
);

-- The evidence of a commit in one row. What versions before 1.0 wrote piece by piece, in `evidence` and `evidence_link`, is read too.
-- A partition per day, made ahead, as of `evidence`.
CREATE TABLE evidence_bundle (
    declaration_id  uuid NOT NULL,
    seq             integer NOT NULL,                           -- the last event of the commit,
    part            integer NOT NULL,                           -- counted from 0: many or large pieces are several bundles
    day             date NOT NULL,                              -- of that event, in UTC
    digests         bytea[] NOT NULL,                           -- of the pieces, in their order
    body            bytea NOT NULL,
    PRIMARY KEY (declaration_id, seq, part, day)
) PARTITION BY RANGE (day);
ALTER TABLE evidence_bundle ALTER COLUMN body SET STORAGE EXTERNAL;  -- compressed already
CREATE TABLE evidence_bundle_default PARTITION OF evidence_bundle DEFAULT;

-- The digest as bundles have it; NULL: it is none.
CREATE FUNCTION digest_bytes(digest text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN digest ~ '^sha256:[0-9a-f]{64}$' THEN decode(substr(digest, 8), 'hex') END
$$;

-- The bundles of a declaration from one event on, each found by its own key in the partition of its day. Nothing else is known to
-- be in few partitions, and a join could become a walk.
CREATE FUNCTION bundles_of(declaration uuid, since integer)
RETURNS TABLE (seq integer, part integer, day date, digests bytea[], body bytea) LANGUAGE sql STABLE AS $$
    SELECT b.seq, b.part, b.day, b.digests, b.body
    FROM event e CROSS JOIN LATERAL (
        SELECT * FROM evidence_bundle o
        WHERE o.declaration_id = e.declaration_id AND o.seq = e.seq AND o.day = (e.at AT TIME ZONE 'UTC')::date
        OFFSET 0
    ) AS b
    WHERE e.declaration_id = declaration AND e.seq >= since
    ORDER BY e.seq, b.part
$$;

-- Where a piece of evidence of a declaration stands, which an event tells of: in the first bundle from that event on, else by itself.
CREATE FUNCTION evidence_of(declaration uuid, wanted text, since integer) RETURNS TABLE (body bytea) LANGUAGE sql STABLE AS $$
    SELECT k.body FROM (
        (
            SELECT b.body
            FROM event e CROSS JOIN LATERAL (
                SELECT o.body FROM evidence_bundle o
                WHERE o.declaration_id = e.declaration_id AND o.seq = e.seq AND o.day = (e.at AT TIME ZONE 'UTC')::date
                  AND digest_bytes(wanted) = ANY (o.digests)
                LIMIT 1
            ) AS b
            WHERE e.declaration_id = declaration AND e.seq >= since
            ORDER BY e.seq LIMIT 1
        )
        UNION ALL
        (
            SELECT e.body FROM evidence_link l JOIN evidence e ON (e.digest, e.day) = (l.digest, l.day)
            WHERE l.declaration_id = declaration AND l.digest = wanted LIMIT 1
        )
    ) AS k LIMIT 1
$$;

-- What is finished of changes that replicas of two versions go through together: from then on every replica has to know of it.
CREATE TABLE finished (
    name            text PRIMARY KEY,
    at              timestamptz NOT NULL DEFAULT now()
);
INSERT INTO finished (name) VALUES ('evidence_bundles'), ('sealed_readings');

-- Replicas, and which of these each can take part in.
CREATE TABLE replica (
    owner           text PRIMARY KEY,                           -- of leases
    version         text NOT NULL,
    reads           text[] NOT NULL,                            -- names as in `finished`
    at              timestamptz NOT NULL                        -- its last sign of life
);

-- Days of evidence are made by the owner of the tables, for a role that serves and may make no tables.
-- In the schema of the tables alone: whoever calls it cannot have it work on something of theirs.
DO $made$
BEGIN
    EXECUTE format($of$
        CREATE FUNCTION make_evidence_day(whole text, day date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
        SET search_path = %I, pg_temp AS $body$
        DECLARE
            made text := whole || '_' || to_char(day, 'YYYYMMDD');
        BEGIN
            IF whole NOT IN ('evidence', 'evidence_bundle') OR day <= current_date OR day > current_date + 31 THEN
                RAISE EXCEPTION 'no such day of evidence is made: %% %%', whole, day;
            END IF;
            -- Attached, not created in place: that would keep all writers of evidence waiting.
            EXECUTE format('CREATE TABLE %%I (LIKE %%I INCLUDING ALL)', made, whole);
            EXECUTE format('ALTER TABLE %%I ATTACH PARTITION %%I FOR VALUES FROM (%%L) TO (%%L)', whole, made, day, day + 1);
        END
        $body$
    $of$, current_schema());
END
$made$;
REVOKE EXECUTE ON FUNCTION make_evidence_day FROM PUBLIC;

-- Which server and database replicas served from, in the order in which they came: a database that stands elsewhere than the last
-- row says was restored from a backup or copied, and is not served before somebody has looked at what may be lost.
CREATE TABLE server_identity (
    number              integer PRIMARY KEY,
    system_identifier   bigint NOT NULL,                        -- of the cluster, from its initdb on
    database            bigint NOT NULL,                        -- its oid: another one after each CREATE DATABASE
    timeline            text NOT NULL,                          -- another one after each promotion and each point-in-time restore
    at                  timestamptz NOT NULL DEFAULT clock_timestamp(),
    how                 text NOT NULL CHECK (how IN ('first', 'restored', 'promoted', 'settled', 'nothing lost'))
);

-- The salted digest of all that a reading says, as JSON; the person and the salt may be others than it has.
CREATE FUNCTION reading_seal(one reading, person text, salt text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT 'sha256:' || encode(sha256(convert_to(salt || E'\n' || json_build_array(
        one.number, one.declaration_id, to_char(one.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), one.version, one.what,
        one.name, person, one.role, one.proven, one.follows
    )::text, 'UTF8')), 'hex')
$$;

CREATE FUNCTION seal_reading() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.follows := (
            SELECT o.number FROM reading o WHERE o.declaration_id = NEW.declaration_id AND o.number < NEW.number
            ORDER BY o.number DESC LIMIT 1
        );
        NEW.salt := replace(gen_random_uuid()::text, '-', '');
        NEW.seal := reading_seal(NEW, NEW.person, NEW.salt);
    ELSIF OLD.seal = reading_seal(OLD, OLD.person, OLD.salt) THEN
        -- The person is erased. What else is changed with that is not sealed.
        NEW.salt := replace(gen_random_uuid()::text, '-', '');
        NEW.seal := reading_seal(OLD, NULL, NEW.salt);
    END IF;
    RETURN NEW;
END
$$;

-- The declarations of which a limit runs, by the time at which it is acted on.
CREATE INDEX declaration_clock_due ON declaration (clock_due_at) WHERE clock_due_at IS NOT NULL;

-- The releases of which a report is due, by the time at which it is sent.
CREATE INDEX step_reports_due ON step (reports_due_at) WHERE reports_due_at IS NOT NULL;

-- Each reading of a case is sealed as it is written.
CREATE TRIGGER reading_is_sealed BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION seal_reading();
CREATE TRIGGER reading_is_sealed_without_person BEFORE UPDATE ON reading
    FOR EACH ROW WHEN (OLD.person IS NOT NULL AND NEW.person IS NULL) EXECUTE FUNCTION seal_reading();
