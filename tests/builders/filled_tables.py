"""Rows by which a database is planned for as one that holds much, in SQL: what they say is of no account."""

AS_MADE = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %I SET (autovacuum_enabled = off)', name);
    END LOOP;
END $$;
UPDATE pg_class SET reltuples = -1 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
DELETE FROM pg_statistic USING pg_class WHERE starelid = pg_class.oid AND relnamespace = 'public'::regnamespace;
"""
"""Nobody has counted what the tables hold, and nobody will: of one that was found empty the planner takes it that to walk it costs nothing,
and a test's database may have been emptied and vacuumed before, and how wide its rows were be known."""
FULL = """
INSERT INTO declaration (id, declarant, lrn, direction, kind, eoris, received_at, current_version, event_seq, event_head, lease_token)
SELECT gen_random_uuid(), 'FR' || n % 100, 'LRN' || n, 'import', 'standard', '{}', now(), 1, 1, '', 0 FROM generate_series(1, 1500) AS n;
INSERT INTO declaration_version (declaration_id, version, digest, state, received_at, model)
SELECT id, 1, lrn, 'decided', now(), repeat('x', 200) FROM declaration;
INSERT INTO movement (declaration_id, number, type, reference, adapter, kind, state, planned_at, body)
SELECT id, 1, 'N853', lrn, 'traces', 'reserve', 'done', now(), repeat('x', 200) FROM declaration;
INSERT INTO step (declaration_id, event_seq, body, kind) SELECT id, 2, repeat('x', 200), 'release' FROM declaration;
INSERT INTO event SELECT id, n, 'documents.verified', now(), '{"body":{}}', '' FROM declaration, generate_series(1, 4) AS n;
INSERT INTO evidence_link (declaration_id, digest) SELECT id, id::text FROM declaration;
INSERT INTO evidence (digest, body) SELECT id::text, 'x' FROM declaration;
INSERT INTO evidence_bundle SELECT declaration_id, seq, 0, current_date, '{x}', 'x' FROM event;
ANALYZE declaration, declaration_version, movement, step, event, evidence, evidence_link, evidence_bundle;
"""
"""What the hot path writes and reads most."""
MORE = """
INSERT INTO party SELECT 'FR' || number % 50, number, id FROM declaration;
INSERT INTO citation SELECT lrn, 'N853', id FROM declaration;
INSERT INTO decision SELECT id, n, 1, now(), '{}' FROM declaration, generate_series(1, 3) AS n;
INSERT INTO notice (kind, declaration_id, lrn, version, state, eoris) SELECT 'decided', id, lrn, 1, 'decided', '{}' FROM declaration;
UPDATE notice SET number = id WHERE id < 1400;
INSERT INTO act (at, kind, declaration_id, event_seq) SELECT now(), 'override', id, 2 FROM declaration;
INSERT INTO officer_verification SELECT id, 1, 'N853', lrn, '{}' FROM declaration;
INSERT INTO reading (declaration_id, version, what, name, role, proven) SELECT id, 1, 'case', 'one', 'officer', 'key' FROM declaration;
INSERT INTO seen_mark (person, declaration_id, event, shown) SELECT 'x', id, 1, '' FROM declaration;
INSERT INTO checkpoint VALUES (1, now(), '', 1);
INSERT INTO checkpoint_head SELECT id, 1, '', 1 FROM declaration;
INSERT INTO adapter_overrun (adapter, declaration_id) SELECT 'traces', id FROM declaration;
INSERT INTO contingency_window (number, adapter, mode, opened_at) VALUES (1, 'traces', 'release', now());
INSERT INTO contingency_document (declaration_id, number, type, reference, let_through, afterwards, body)
SELECT id, 1, 'N853', lrn, true, 'done', '{}' FROM declaration;
INSERT INTO approval (id, kind, declaration_id, request, stands_on, ends_at) SELECT gen_random_uuid(), 'x', id, '', '', now() FROM declaration;
INSERT INTO application (id, declaration_id, kind, version, grounds, party, state, applied_at, applied_seq)
SELECT gen_random_uuid(), id, 'amendment', 1, '', '', 'granted', now(), 1 FROM declaration;
ANALYZE;
"""
"""And every other table of declarations."""
