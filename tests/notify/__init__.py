"""Tests of who is told what, and how that arrives."""
