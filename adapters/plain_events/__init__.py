"""Words about suspended goods as plain JSON: for a partner that has no format of its own."""
