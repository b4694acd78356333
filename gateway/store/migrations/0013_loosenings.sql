-- What a set of tables loosened against the one that it was put in the place of, as it was told then.

ALTER TABLE table_switch ADD COLUMN loosens text;       -- JSON; null: nothing, or ordered before this was kept
