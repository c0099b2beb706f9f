"""Phase reconstruction: every figure of docs/phase.md comes from `python -m bench.phase`."""
