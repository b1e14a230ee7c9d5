"""Library under the programs in `scripts/`: pure functions, no Snakemake, no config file."""
