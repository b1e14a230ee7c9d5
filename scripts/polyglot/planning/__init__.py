"""What a study will cost, from its config alone; the assumptions are the section `plan` of the config."""
