"""Tests of panoptes.queries."""
