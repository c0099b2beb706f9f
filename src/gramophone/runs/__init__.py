"""Running requests: from recordings to results with their records."""
