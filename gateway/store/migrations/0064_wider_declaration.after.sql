-- Declarations are stored with their wider elements: an older replica's amendment would drop them.
COMMENT ON COLUMN declaration_version.model IS 'with its wider elements: how the goods are carried, packed and valued';
