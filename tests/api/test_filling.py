"""The job that fills in what lists show of declarations that another version of the gateway decided."""

from typing import Any

import psycopg

from tests.api.lodging import lodge
from tests.builders.door import Door
from tests.builders.running import until

COLUMNS = "SELECT listed, held_since, listing::text FROM declaration WHERE id = %s"
ASKED = (
    "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW("
    "'default', 'fill_work_list', 0, NULL, NULL, '{\"timestamp\": 0}', NULL)::procrastinate_job_to_defer_v1])"
)


def test_what_is_not_filled_in_is_on_every_list_until_the_job_has_filled_it_in(door: Door, api_database: str) -> None:
    one = lodge(door["customs"]).json()
    with psycopg.connect(api_database, autocommit=True) as connection:

        def columns() -> tuple[Any, ...] | None:
            return connection.execute(COLUMNS, (one["id"],)).fetchone()

        def filled() -> tuple[Any, ...] | None:
            found = columns()
            return found if found is not None and found[0] is not None else None

        before = columns()
        connection.execute(
            "UPDATE declaration SET listed = NULL, held_since = NULL, listing = NULL WHERE id = %s", (one["id"],)
        )
        asked = f"/v1/declarations?lrn={one['lrn']}&finding=SW-DEC-999&view=row"
        (row,) = door["officer"].get(asked).json()["items"]
        assert (row["id"], row["filled"]) == (one["id"], False)
        connection.execute(ASKED)
        assert until(filled, "the job filled it in") == before
    assert door["officer"].get(asked).json()["items"] == []
