"""Count the parameters of the printed GPT-NeoX architectures, built on torch's meta device: shapes without weights.

Reads polyglot_ko_models.csv; writes one row a model: its parameters, how many of them each rank of tensor parallelism
holds whole (`replicated`: norms, and the biases added after the ranks' sums), and how many a row of the vocabulary
adds.
"""

import argparse

import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.polyglot_ko import SCHEMAS
from polyglot.core.errors import run
from polyglot.core.sheets import read_sheet, write_sheet

REPLICATED = ("layernorm.", "layer_norm.", "attention.dense.bias", "mlp.dense_4h_to_h.bias")
_count = pa.Column(int, pa.Check.ge(1))
COUNTED = pa.DataFrameSchema(
    {
        "model": pa.Column(str),
        **dict.fromkeys(["parameters", "replicated", "of_a_vocabulary_row"], _count),
    },
    unique=["model"],
    strict=True,
)


def count(layers: int, width: int, heads: int, feed_forward: int, context: int, vocabulary: int) -> dict[str, int]:
    """The numbers of a GPT-NeoX with embeddings of its own for input and output, as Polyglot-Ko's have."""
    import torch
    from transformers import GPTNeoXConfig, GPTNeoXForCausalLM

    config = GPTNeoXConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=feed_forward,
        max_position_embeddings=context,
        tie_word_embeddings=False,
    )
    with torch.device("meta"):
        model = GPTNeoXForCausalLM(config)
    sizes = {name: parameter.numel() for name, parameter in model.named_parameters()}
    embeddings = sum(item.weight.numel() for item in (model.get_input_embeddings(), model.get_output_embeddings()))
    return {
        "parameters": sum(sizes.values()),
        "replicated": sum(size for name, size in sizes.items() if any(part in name for part in REPLICATED)),
        "of_a_vocabulary_row": embeddings // vocabulary,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", required=True, help="polyglot_ko_models.csv")
    parser.add_argument("--out", required=True, help="CSV of the counts")
    arguments = parser.parse_args()

    rows = [
        {
            "model": row.model,
            **count(row.layers, row.width, row.heads, row.feed_forward, row.context, row.padded_vocabulary),
        }
        for row in read_sheet(arguments.models, SCHEMAS["polyglot_ko_models"]).itertuples()
    ]
    write_sheet(arguments.out, pd.DataFrame(rows))


if __name__ == "__main__":
    run(main)
