"""Mutated files for every reader: none may crash it, stall it, or raise anything but the project's own errors."""
