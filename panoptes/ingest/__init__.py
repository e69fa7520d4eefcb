"""Neutral events become transitions of runs and jobs."""
