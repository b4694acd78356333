-- Each reading of a case is sealed as it is written, whichever version writes it: so what has no seal afterwards is a fault.
-- serves beside: 0.1.0

CREATE OR REPLACE TRIGGER reading_is_sealed BEFORE INSERT ON reading FOR EACH ROW EXECUTE FUNCTION seal_reading();
CREATE OR REPLACE TRIGGER reading_is_sealed_without_person BEFORE UPDATE ON reading
    FOR EACH ROW WHEN (OLD.person IS NOT NULL AND NEW.person IS NULL) EXECUTE FUNCTION seal_reading();
