"""Tests of README.md and docs/: what they say is so."""
