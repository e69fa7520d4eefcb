"""Tests of what Toil says."""
