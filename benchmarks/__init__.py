"""How fast panoptes is, beside panoptes-ui 1.6.2 and a server that does nothing."""
