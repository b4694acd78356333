-- When a declaration is looked at again by itself: a column of its head, which is written anyway when it is decided.

ALTER TABLE declaration ADD COLUMN look_due_at timestamptz;     -- NULL: not by itself

-- Until now a look was a job that knew the number of the look before: one that another look had followed did nothing.
UPDATE declaration d SET look_due_at = job.at
FROM (
    SELECT args ->> 'id' AS id, (args ->> 'look')::integer AS look, min(coalesce(scheduled_at, now())) AS at
    FROM procrastinate_jobs
    WHERE task_name = 'ask_again' AND status IN ('todo', 'doing', 'failed')
    GROUP BY 1, 2
) AS job
WHERE d.id = job.id::uuid AND d.wanted = job.look AND (d.ended IS NULL OR d.unsettled);
DELETE FROM procrastinate_jobs WHERE task_name = 'ask_again';
UPDATE procrastinate_jobs SET args = args - 'look' WHERE task_name = 'lapse';

CREATE INDEX declaration_look_due ON declaration (look_due_at) WHERE look_due_at IS NOT NULL;
