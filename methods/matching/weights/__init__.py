"""The inner product of two networks' weights: what permutations gain of it, and how to climb it."""
