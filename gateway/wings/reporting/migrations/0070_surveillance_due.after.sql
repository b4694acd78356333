-- Declarations become due for Surveillance in the commit that releases their goods, or changes what was released.
CREATE FUNCTION surveillance_becomes_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO surveillance_due (declaration_id, mark) SELECT NEW.id, NEW.event_seq FROM surveillance_switch
    ON CONFLICT (declaration_id) DO UPDATE SET mark = EXCLUDED.mark;
    RETURN NULL;
END
$$;
-- The goods of a supplementary declaration were out before it: its acceptance is what counts.
CREATE TRIGGER surveillance_of_accepted AFTER INSERT ON declaration FOR EACH ROW
WHEN (NEW.kind = 'supplementary' AND NEW.accepted_at IS NOT NULL) EXECUTE FUNCTION surveillance_becomes_due();
CREATE TRIGGER surveillance_of_changed AFTER UPDATE OF released, current_version, ended, accepted_at, erased ON declaration FOR EACH ROW
WHEN (
    NEW.released IS DISTINCT FROM OLD.released
    OR (NEW.released IS NOT NULL OR NEW.accepted_at IS NOT NULL AND 'supplementary' IN (NEW.kind, OLD.kind)) AND (
        NEW.current_version <> OLD.current_version OR NEW.ended IS DISTINCT FROM OLD.ended OR NEW.erased <> OLD.erased
        OR NEW.accepted_at IS DISTINCT FROM OLD.accepted_at
    )
) EXECUTE FUNCTION surveillance_becomes_due();
