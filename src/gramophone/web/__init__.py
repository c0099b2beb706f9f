"""The studio: a page and an HTTP API on which sounds are heard, seen and steered while they are made."""
