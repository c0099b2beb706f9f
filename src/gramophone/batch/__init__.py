"""Many results from one plan: read, checked, shared out to processes or to a cluster, and never made twice."""
