"""Tests of panoptes.api."""
