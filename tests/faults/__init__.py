"""Faults that must not lose an event nor harm a pipeline, each made to happen."""
