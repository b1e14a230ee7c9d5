"""M-RewardBench: which of two responses to a prompt is better, in the languages of RewardBench's translations.

Rows are in the form of CohereLabsCommunity: one folder per language and script. Categories and the weights of their
subsets are those of RewardBench (resources/rewardbench/subsets.csv): the counts of examples, except that math-prm
weighs as much as the six code subsets together. The configuration "translation" mixes languages and is not used.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.sentences import read_sentences
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted, place_options
from polyglot.evaluation.fetched_benchmark import only_folder, rows_in, select_items, text, weighted_sheet

COLUMNS = ["id", "prompt", "chosen", "rejected", "subset"]
FOLDERS = {
    "ar": "arb_Arab",
    "cs": "ces_Latn",
    "de": "deu_Latn",
    "el": "ell_Grek",
    "es": "spa_Latn",
    "fa": "pes_Arab",
    "fr": "fra_Latn",
    "he": "heb_Hebr",
    "hi": "hin_Deva",
    "id": "ind_Latn",
    "it": "ita_Latn",
    "ja": "jpn_Jpan",
    "ko": "kor_Hang",
    "nl": "nld_Latn",
    "pl": "pol_Latn",
    "pt": "por_Latn",
    "ro": "ron_Latn",
    "ru": "rus_Cyrl",
    "tr": "tur_Latn",
    "uk": "ukr_Cyrl",
    "vi": "vie_Latn",
    "zh": "zho_Hans",
}
ADAPTER = Adapter(
    "M-RewardBench",
    folders=("preference", "rewardbench"),
    languages=tuple(FOLDERS),
    chance=0.5,
    formulation="preference",
)


def prepare(wanted: Wanted) -> Prepared:
    """The pairs of the language; the categories in turn if fewer items are wanted."""
    if wanted.language not in FOLDERS:
        raise InputError(
            f"--language {wanted.language}: M-RewardBench lacks it; take it out of the benchmark's languages"
            f" ({', '.join(FOLDERS)})"
        )
    sentences = read_sentences(wanted.resources / "preference" / f"{wanted.language}.yaml", ["instruction", "question"])
    subsets = weighted_sheet(wanted.resources / "rewardbench" / "subsets.csv", "subset")
    known = {row["subset"]: (row["category"], row["weight"]) for row in subsets}
    groups: dict[str, list[Json]] = {}
    reasons: list[str] = []
    files = [f"{FOLDERS[wanted.language]}/test*"]
    for row in rows_in(only_folder(wanted), wanted.language, files, COLUMNS):
        prompt, chosen, rejected = (text(row[column]) for column in ("prompt", "chosen", "rejected"))
        subset = text(row["subset"])
        if not prompt or not chosen or not rejected or row["id"] is None:
            reasons.append("empty_text")
        elif subset not in known:
            reasons.append("unknown_subset")
        elif chosen == rejected:
            reasons.append("same_responses")
        else:
            category, weight = known[subset]
            item_id = f"{subset}/{row['id']}"
            item = {
                "item_id": item_id,
                "category": category,
                "subset": subset,
                "subset_weight": weight,
                "question": f"{sentences['instruction']}\n\n{sentences['question'].replace('{message}', prompt)}",
                "content": [prompt, chosen, rejected],
                **place_options(chosen, [rejected], wanted.seed, item_id),
            }
            groups.setdefault(category, []).append(item)
    return select_items(groups, wanted, reasons)
