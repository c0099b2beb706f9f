"""What the papers left open, answered on recordings: docs/study.md."""
