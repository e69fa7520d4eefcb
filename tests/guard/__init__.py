"""Tests of panoptes.guard."""
