"""Tests of panoptes.web.guard."""
