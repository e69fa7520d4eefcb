"""Tests of what sends the events of an engine."""
