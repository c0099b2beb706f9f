"""Objectives of weighted terms, and the loops that minimise them step by step."""
