"""Students: a base model fine-tuned on the frozen rows. The same data, settings and seed give the same bytes."""
