"""Toil, which runs CWL and WDL: its message bus and its log tell what is known of a run."""
