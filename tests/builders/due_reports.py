"""Reports of releases that are sent when a test wants it."""

import psycopg


def sent_now(url: str) -> None:
    """Lets the time of the reports come, and the job that sends them."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE step SET reports_due_at = now() WHERE reports_due_at IS NOT NULL")
        connection.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES ('default', 'end_time_limits', '{\"timestamp\": 0}')"
        )
