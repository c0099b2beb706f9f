"""The demonstration: sounds that gramophone synthesises itself, to try it without any recording."""
