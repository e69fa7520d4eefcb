"""Tests of panoptes.web.api."""
