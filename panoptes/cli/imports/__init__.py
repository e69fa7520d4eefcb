"""Reads what engines left of runs that nobody watched, a module for each kind of file."""
