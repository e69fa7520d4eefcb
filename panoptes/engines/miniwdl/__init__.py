"""miniwdl, whose log's records tell of its runs."""
