"""Child processes: one protocol of frames, one way to start, watch, confine and end them.

A face starts a worker from a module of its own that calls `serve`; what it asks of the worker and what it is answered
are frames, see `protocol`.
"""
