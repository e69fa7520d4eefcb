"""Tests of panoptes; the folders mirror the package."""
