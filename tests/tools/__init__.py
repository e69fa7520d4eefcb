"""Tools for those who work on panoptes."""
