"""A made-up sequencing workflow and its runs, for `panoptes demo`, for pictures and for tests."""
