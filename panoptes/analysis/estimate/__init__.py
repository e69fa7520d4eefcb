"""When a run will be done: the rest of it is replayed, then corrected by our own past error."""
