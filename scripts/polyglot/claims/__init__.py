"""The paper's claims, each tested by a small function; `polyglot.claims.registered` has all of them."""
