"""Tests of the timeline's pictures."""
