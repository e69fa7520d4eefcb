"""Databases of panoptes-ui before 2.0, made by the real ones."""
