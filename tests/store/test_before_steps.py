"""Before-steps only add: the version before goes on beside them, and comes back after them."""

from gateway.store import after_steps, migrations
from gateway.store.migration import BASELINE, subject_of
from tests.store.before_steps import faults

REFUSED = {
    "ALTER TABLE declaration DROP COLUMN lrn": "ban-drop-column",
    "ALTER TABLE declaration RENAME COLUMN lrn TO name": "renaming-column",
    "ALTER TABLE declaration RENAME TO movement_of_goods": "renaming-table",
    "ALTER TABLE declaration ALTER COLUMN lrn SET NOT NULL": "adding-not-nullable-field",
    "ALTER TABLE declaration ALTER COLUMN lrn DROP NOT NULL": "ban-drop-not-null",
    "ALTER TABLE declaration ALTER COLUMN lrn DROP DEFAULT": "ban-drop-default",
    "ALTER TABLE declaration ALTER COLUMN lrn TYPE varchar(22)": "changing-column-type",
    "ALTER TABLE declaration ADD COLUMN office text NOT NULL": "adding-required-field",
    "ALTER TABLE declaration ADD COLUMN office text REFERENCES offices (code)": "adding-foreign-key-constraint",
    "ALTER TABLE declaration ADD COLUMN office text CHECK (office <> '')": "adds-constraint",
    "ALTER TABLE declaration ADD CONSTRAINT named CHECK (lrn <> '') NOT VALID": "adds-constraint",
    "ALTER TABLE declaration ADD CONSTRAINT once UNIQUE (lrn)": "disallowed-unique-constraint",
    "CREATE UNIQUE INDEX once ON declaration (lrn)": "require-concurrent-index-creation",
    "CREATE INDEX found ON declaration (lrn)": "require-concurrent-index-creation",
    "CREATE TRIGGER checked BEFORE INSERT ON declaration FOR EACH ROW EXECUTE FUNCTION refuse_change()": "adds-trigger",
    "CREATE OR REPLACE FUNCTION is_looked_at(declaration uuid) RETURNS boolean LANGUAGE sql AS 'SELECT true'": "replaces",
    "DROP TABLE declaration": "ban-drop-table",
    "DROP INDEX decision_by_time": "require-concurrent-index-deletion",
    "DROP FUNCTION is_looked_at": "ban-drop-function",
    "UPDATE declaration SET lrn = ''": "changes-rows",
    "DELETE FROM notice": "changes-rows",
    "TRUNCATE notice": "changes-rows",
}
ADDED = """
-- DROP TABLE declaration: only told of.
CREATE TABLE office (code text PRIMARY KEY CHECK (code <> ''), name text NOT NULL);
CREATE UNIQUE INDEX office_by_name ON office (name);
CREATE TRIGGER office_stays BEFORE DELETE ON office FOR EACH ROW EXECUTE FUNCTION refuse_change();
INSERT INTO office VALUES ('FR000001', 'Calais');
UPDATE office SET name = 'Calais';
ALTER TABLE declaration ADD COLUMN office text, ADD COLUMN offices integer NOT NULL DEFAULT 0;
CREATE FUNCTION more() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DELETE FROM office; END $$;
"""


def test_no_before_step_does_what_the_version_before_cannot_live_with() -> None:
    # The baseline makes the whole schema, in an empty database.
    assert {(name, fault) for name, text in migrations().items() if name != BASELINE for fault in faults(text)} == set()


def test_what_is_an_after_steps_is_refused() -> None:
    missed = {text: found for text, fault in REFUSED.items() if fault not in (found := faults(f"{text};"))}
    assert missed == {}


def test_what_only_adds_is_none() -> None:
    assert faults(ADDED) == set()


def test_after_steps_have_subjects_of_their_own() -> None:
    """By them replicas say what they can live with."""
    assert len({subject_of(name) for name in after_steps()}) == len(after_steps())
