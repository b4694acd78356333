-- Decisions of a span of time are read without reading all others. They come in the order of time: the index grows at its end.

CREATE INDEX decision_by_time ON decision (decided_at);
