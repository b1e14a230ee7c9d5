"""Claims of Polyglot-Ko about its models and data: parameters, tokens, gigabytes."""

from functools import partial

from polyglot.analysis.claims.korean_evidence import KoreanEvidence, korean_claim
from polyglot.analysis.claims.ledger import Outcome, missing, outcome
from polyglot.analysis.polyglot_ko import SIZES
from polyglot.core.numerals import written

RANKS = (1, 2, 4, 8)  # of tensor parallelism within a machine of eight cards
ROWS = 128  # of the vocabulary: each rank's part is padded to a multiple of these


def over_ranks(evidence: KoreanEvidence, model: str, ranks: int) -> int:
    """The parameters that all ranks hold together: what is replicated counts once a rank, the vocabulary is padded."""
    counted, row = evidence.counted.loc[model], evidence.models.loc[model]
    rows = -(-row["vocabulary"] // (ROWS * ranks)) * ROWS * ranks
    added = (rows - row["padded_vocabulary"]) * counted["of_a_vocabulary_row"]
    return int(counted["parameters"] + (ranks - 1) * counted["replicated"] + added)


def ranks_of(evidence: KoreanEvidence, model: str) -> int | None:
    """The number of ranks whose parameters sum to the printed number; None if no number does."""
    printed = evidence.models.at[model, "parameters"]
    return next((ranks for ranks in RANKS if over_ranks(evidence, model, ranks) == printed), None)


def parameters(evidence: KoreanEvidence, model: str) -> Outcome:
    """Compare the printed number with that of the architecture, built without weights."""
    printed, counted = evidence.models.at[model, "parameters"], evidence.counted.at[model, "parameters"]
    ranks = ranks_of(evidence, model)
    note = "GPT-NeoX of the printed shape, with embeddings of its own for input and output, the vocabulary padded."
    if counted != printed and ranks:
        note += (
            f" The printed number is the sum over {ranks} ranks of tensor parallelism: {printed - counted:,} more for"
            f" norms and biases that each rank holds and for a vocabulary padded to a multiple of {ROWS * ranks}."
        )
    return outcome(bool(counted == printed), str(counted), note)


def tokens(evidence: KoreanEvidence, model: str) -> Outcome:
    """Steps · sequences a step · context, for the sequences that the cards can share evenly.

    How many sequences a step reads is not printed, so nothing but agreement can be shown.
    """
    row = evidence.models.loc[model]
    replicas = int(row["accelerators"].split()[0]) // (ranks_of(evidence, model) or 1)
    billions = row["steps"] * row["context"] / 1e9
    needed = row["tokens_billion"] / billions
    sequences = max(round(needed / replicas), 1) * replicas
    result = sequences * billions
    if abs(result - row["tokens_billion"]) < 1:
        note = f"With {sequences} sequences of {row['context']} tokens a step, {sequences // replicas} a replica."
        return outcome(True, written(result, 1), note, "less than a billion, as print may round or cut")
    return missing(
        f"the number of sequences a step. The printed tokens need {written(needed, 1)}; the nearest number that"
        f" {replicas} replicas share evenly, {sequences}, gives {written(result, 1)} billion tokens"
    )


for _model in SIZES:
    _size = _model.removeprefix("polyglot-ko-")
    korean_claim(f"KO-params-{_size}", "table of models")(partial(parameters, model=_model))
    korean_claim(f"KO-tokens-{_size}", "table of models")(partial(tokens, model=_model))


@korean_claim("KO-data-sum", "table of sources")
def gigabytes_of_all_sources(evidence: KoreanEvidence) -> Outcome:
    """The sources sum to 863 GB; of some only an upper bound is printed."""
    printed = evidence.printed["polyglot_ko_sources"]["gigabytes"]
    bounds = printed[printed.str.startswith("<")].str.removeprefix("<").astype(float)
    low = printed[~printed.str.startswith("<")].astype(float).sum()
    high = low + bounds.sum()
    note = (
        f"{len(bounds)} of {len(printed)} sources have only an upper bound; the others sum to {written(low, 1)},"
        f" so these {len(bounds)} would have to be {written(863 - low, 1)} together, of at most"
        f" {written(bounds.sum(), 1)}."
    )
    return outcome(low <= 863 < high, f"{written(low, 1)} to {written(high, 1)}", note)
