"""The paper's claims, each tested by a small function."""
