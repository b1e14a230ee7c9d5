"""Benchmarks: preparation of items, evaluation of models through lm-eval, and scores of their answers."""
