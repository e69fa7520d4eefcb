"""Every setting: its parser, its option, its value types."""
