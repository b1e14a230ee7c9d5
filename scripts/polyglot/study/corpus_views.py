"""What the rules ask of a study's corpora and tokenizers; what the config says of them, checked at parse."""

from pathlib import Path
from typing import Any

from polyglot.core.adapter import adapters, names
from polyglot.core.errors import InputError
from polyglot.pretraining.corpus_adapter import CORPORA
from polyglot.study.code import code
from polyglot.study.commands import option, text

Config = dict[str, Any]
Wildcards = Any

WORDS = Path("resources/corpora")  # {language}.yaml: what a corpus is cleaned of by its words
OPTIONS = ("package", "sha256", "keys", "column")  # what an adapter is told
KOREAN = "ko"  # the language whose morphemes can be told
LARGEST = 1 << 16
CORPUS_TABLES = ["cleaning", "tokenizers"]


class CorpusViews:
    """The corpora and tokenizers of a config. Paths are relative to the project."""

    def __init__(self, config: Config) -> None:
        self.config, self.folder = config, f"results/{config['study']}"

    def shards(self, corpus: str) -> list[str]:
        """The names of a corpus's shards, in order."""
        return [f"{number:05d}" for number in range(self.config["corpora"][corpus]["shards"])]

    def kept(self, corpora: list[str]) -> list[str]:
        """The tables of the texts that corpora keep (`id`, `text`), a shard each."""
        return [f"{self.folder}/corpora/{name}/kept/{shard}.parquet" for name in corpora for shard in self.shards(name)]

    @property
    def compared(self) -> list[str]:
        """The corpora of the tokenizers that are compared."""
        entries = [self.config["tokenizers"][name] for name in self.config["compared_tokenizers"]]
        return sorted({corpus for entry in entries for corpus in entry["corpora"]})

    @property
    def counts(self) -> list[str]:
        """The counts of the shards of these corpora, cleaned and kept."""
        return [
            f"{self.folder}/corpora/{name}/{step}/{shard}.counts.json"
            for name in self.compared
            for step in ("cleaned", "kept")
            for shard in self.shards(name)
        ]

    # of a corpus

    def corpus(self, wildcards: Wildcards) -> Config:
        return self.config["corpora"][wildcards.corpus]

    def language(self, wildcards: Wildcards) -> str:
        return self.corpus(wildcards)["languages"][0]

    def adapter(self, wildcards: Wildcards) -> list[str]:
        return code(f"{CORPORA.removeprefix('polyglot.')}.{self.corpus(wildcards)['adapter']}")

    def place(self, wildcards: Wildcards) -> list[str]:
        """The fetched data set of a corpus, or the user's file."""
        entry = self.corpus(wildcards)
        if "path" in entry:
            return [entry["path"]]
        return [f"{self.folder}/datasets/{entry['dataset']}"] if "dataset" in entry else []

    def words(self, wildcards: Wildcards) -> list[str]:
        """The language's boilerplate and spam, where it has a file of them."""
        file = WORDS / f"{self.language(wildcards)}.yaml"
        return [str(file)] if file.is_file() else []

    def options(self, wildcards: Wildcards) -> str:
        return text({key: value for key, value in self.corpus(wildcards).items() if key in OPTIONS})

    def signature(self, *keys: str) -> str:
        """Options of the programs that write and compare signatures."""
        settings = self.config["cleaning"]["near_duplicates"]
        return " ".join(option(f"--{key}", [settings[key]]) for key in keys)

    def signatures(self, wildcards: Wildcards) -> list[str]:
        shards = self.shards(wildcards.corpus)
        return [f"{self.folder}/corpora/{wildcards.corpus}/signatures/{shard}.parquet" for shard in shards]

    def benchmarks(self, wildcards: Wildcards) -> dict[str, str]:
        """Benchmark → its items in the corpus's language, of those that a corpus may not hold."""
        language = self.language(wildcards)
        held = [
            name
            for name in self.config["cleaning"]["benchmarks"]
            if language in self.config["benchmarks"][name]["languages"]
        ]
        return {name: f"{self.folder}/benchmarks/{name}/{language}.jsonl" for name in held}

    # of a tokenizer

    def learned(self, wildcards: Wildcards) -> list[str]:
        return self.kept(self.config["tokenizers"][wildcards.tokenizer]["corpora"])


def check_corpora(config: Config, name: str) -> None:
    """Raise InputError for a corpus whose adapter reads something else, and thresholds that leave nothing."""
    for corpus, entry in config["corpora"].items():
        key, adapter = f"{name}: corpora.{corpus}", entry["adapter"]
        known(f"{key}.adapter", adapter, names(CORPORA))
        known(f"{key}.languages", entry["languages"][0], config["languages"])
        facts = adapters(CORPORA)[adapter]
        needed = {"column"} if facts.columns else {"package", "sha256", "keys"}
        needed |= {"path", "licence"} if facts.own_file else {"dataset"} if facts.columns else {"licence"}
        given = set(entry) - {"adapter", "languages", "shards"}
        if needed != given:
            lacking, spare = sorted(needed - given), sorted(given - needed)
            fault = f"{lacking[0]}: is missing; adapter" if lacking else f"{spare[0]}: remove it; adapter"
            raise InputError(f"{key}.{fault} {adapter} reads {', '.join(sorted(needed))}")
        if "dataset" in entry:
            known(f"{key}.dataset", entry["dataset"], config["datasets"])
        if "path" in entry and not Path(entry["path"]).is_file():
            raise InputError(f"{key}.path: {entry['path']} is no file; put it there, counted from the project's folder")
    cleaning = config["cleaning"]
    for key in ("characters", "mean_word"):
        least, most = cleaning[key]["least"], cleaning[key]["most"]
        if least > most:
            raise InputError(f"{name}: cleaning.{key}: least {least} is above most {most}; exchange them")
    for benchmark in cleaning["benchmarks"]:
        known(f"{name}: cleaning.benchmarks", benchmark, config["benchmarks"])
        entry = config["benchmarks"][benchmark]
        spoken = {code for corpus in config["corpora"].values() for code in corpus["languages"]}
        if not spoken & set(entry["languages"]):
            raise InputError(
                f"{name}: cleaning.benchmarks: {benchmark} holds no language of a corpus ({', '.join(sorted(spoken))});"
                " name one that does"
            )
        corpus = entry.get("corpus")
        if corpus in config["corpora"] and config["corpora"][corpus]["languages"][0] in entry["languages"]:
            raise InputError(
                f"{name}: cleaning.benchmarks: {benchmark} is made of the texts that corpus {corpus} keeps, so it"
                " cannot decide which texts are kept; name benchmarks of other texts"
            )


def check_tokenizers(config: Config, name: str) -> None:
    """Raise InputError for a tokenizer of unknown corpora, of morphemes in another language, or with too many rows."""
    for tokenizer in config["compared_tokenizers"]:
        known(f"{name}: compared_tokenizers", tokenizer, config["tokenizers"])
    for tokenizer, entry in config["tokenizers"].items():
        key = f"{name}: tokenizers.{tokenizer}"
        for corpus in entry["corpora"]:
            known(f"{key}.corpora", corpus, config["corpora"])
            language = config["corpora"][corpus]["languages"][0]
            if entry["morphemes"] and language != KOREAN:
                raise InputError(f"{key}.morphemes: corpus {corpus} is in {language}; only Korean has an analyser")
        rows = -(-entry["vocabulary"] // entry["padded_to"]) * entry["padded_to"]
        if rows > LARGEST:
            raise InputError(
                f"{key}.padded_to: {entry['vocabulary']} entries make {rows} rows, above the {LARGEST} that 16 bits"
                " hold; lower vocabulary or padded_to"
            )


def known(key: str, value: str, allowed: Any) -> None:
    """Raise InputError for a value of a config's key that is none of those allowed."""
    if value not in allowed:
        raise InputError(f"{key}: {value!r} is unknown; allowed: {', '.join(sorted(allowed)) or 'none'}")
