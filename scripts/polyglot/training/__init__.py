"""Fine-tuning of students on the frozen rows. The same data, settings and seed give the same bytes."""
