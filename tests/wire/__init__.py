"""Tests of panoptes.wire."""
