"""Pure functions of features: statistics of sounds and distances between them, differentiable where optimised."""
