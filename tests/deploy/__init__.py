"""The files of `deploy/` and the recipes at the top, tried as far as a test can."""
