-- Parts of a load of TARIC: kept once under the digest of their text, by which sets of tables name them.
-- serves beside: 0.1.0

CREATE TABLE table_part (
    digest          text PRIMARY KEY,
    body            bytea NOT NULL
);
CREATE TRIGGER table_part_is_append_only BEFORE UPDATE OR DELETE ON table_part
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER table_part_is_not_truncated BEFORE TRUNCATE ON table_part
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
