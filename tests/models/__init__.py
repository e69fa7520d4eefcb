"""Tests of panoptes.models."""
