"""From a corpus to a base model: texts cleaned and told apart, a tokenizer, a model."""
