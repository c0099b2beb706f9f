"""The gallery of the documentation: sounds from the project's own synthesis, made, measured and drawn by commands."""
