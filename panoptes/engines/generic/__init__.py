"""Any program's own words for a run, by which it reports without an adapter of ours.

A client sends JSON objects, each an `event`: `run`, `job`, `log`, `log_tail`, `heartbeat` or
`end`. docs/api.md describes them.
"""
