"""Library under the programs in `scripts/`: pure functions, no Snakemake, no config file."""

# in the order in which data flows; `core` and `study` serve them all
STAGES = (
    "hub",
    "seeds",
    "synthesis",
    "metrics",
    "pretraining",
    "training",
    "evaluation",
    "analysis",
    "report",
    "audit",
)
