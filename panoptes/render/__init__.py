"""Results become JSON, rows, words and bars: what API, pages, notifications and reports share."""
