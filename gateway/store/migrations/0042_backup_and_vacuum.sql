-- Which server and database replicas served from, in the order in which they came: a database that stands elsewhere than the last
-- row says was restored from a backup or copied, and is not served before somebody has looked at what may be lost.
-- serves beside: 0.1.0
CREATE TABLE server_identity (
    number              integer PRIMARY KEY,
    system_identifier   bigint NOT NULL,                        -- of the cluster, from its initdb on
    database            bigint NOT NULL,                        -- its oid: another one after each CREATE DATABASE
    timeline            text NOT NULL,                          -- another one after each promotion and each point-in-time restore
    at                  timestamptz NOT NULL DEFAULT clock_timestamp(),
    how                 text NOT NULL CHECK (how IN ('first', 'restored', 'promoted', 'settled', 'nothing lost'))
);

-- The tables whose rows are rewritten in each declaration's life: a fifth of millions, as PostgreSQL has it, is too much to leave lying.
ALTER TABLE declaration SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE declaration_version SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE movement SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
ALTER TABLE step SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02);
