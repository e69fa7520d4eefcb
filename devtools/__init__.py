"""Tools for those who work on panoptes, and what its tests and its benchmarks share."""
