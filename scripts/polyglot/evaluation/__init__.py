"""Benchmarks: their items, asking a model through lm-eval, and scoring what it answered."""
