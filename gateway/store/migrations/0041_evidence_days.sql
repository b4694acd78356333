-- Days of evidence are made by the owner of the tables, for a role that serves and may make no tables.
-- serves beside: 0.1.0

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
