"""Pure functions on features: what makes two sounds alike, with gradients where they are optimised."""
