"""Mutation testing: one operator or constant of the source is changed, and the tests of its folder must notice."""
