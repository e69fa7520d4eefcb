"""A wrapped command: which it is, and that it is as it would be without the wrapper."""
