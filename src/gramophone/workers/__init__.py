"""Child processes: how they are started, spoken to, watched and confined.

A face starts a worker from a module of its own that calls `serve`; see `protocol` for the frames that they exchange.
"""
