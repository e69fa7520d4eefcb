"""Tests of what `panoptes import` reads."""
