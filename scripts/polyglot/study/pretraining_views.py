"""What the rules ask of a study's pretraining runs."""

from typing import Any

from polyglot.core.identity import derive_seed
from polyglot.study import sizing
from polyglot.study.commands import accelerate, text
from polyglot.study.corpus_views import CorpusViews
from polyglot.study.memory_ledger import check_room
from polyglot.study.views import Resources, Views, signed

Config = dict[str, Any]
Wildcards = Any

# of a run's entry: where it runs and what it reads, which its program is not told as settings
PLACED = ("tokenizer", "corpora", "nodes")


class PretrainingViews:
    """The pretraining runs of a study, on the site of `view`. Paths are relative to the project."""

    def __init__(self, view: Views, corpora: CorpusViews) -> None:
        self.view, self.corpora, self.config = view, corpora, view.config
        self.runs: dict[str, Config] = self.config["pretraining"]["runs"]
        self.models = {
            name: entry["pretrained"] for name, entry in self.config["models"].items() if "pretrained" in entry
        }

    def on_nodes(self) -> list[str]:
        """The runs that take more than one node."""
        return [name for name, entry in self.runs.items() if self.view.on_cards and entry["nodes"] > 1]

    @property
    def tokenizers(self) -> list[str]:
        """RUN=TOKENIZER of each run."""
        return [f"{name}={entry['tokenizer']}" for name, entry in self.runs.items()]

    def run(self, wildcards: Wildcards) -> Config:
        return self.runs[wildcards.run]

    def counts(self, wildcards: Wildcards) -> list[str]:
        """The counts of the shards that a run reads."""
        entry = self.run(wildcards)
        return [
            f"{self.view.folder}/tokens/{entry['tokenizer']}/{corpus}/{shard}.counts.json"
            for corpus in entry["corpora"]
            for shard in self.corpora.shards(corpus)
        ]

    def parts(self, wildcards: Wildcards) -> list[str]:
        """The token files beside them."""
        return [
            counts.replace(".counts.json", ending)
            for counts in self.counts(wildcards)
            for ending in (".train.bin", ".held_out.bin")
        ]

    def settings(self, wildcards: Wildcards) -> str:
        entry = self.run(wildcards)
        own = {key: value for key, value in entry.items() if key not in PLACED}
        padded_to = self.config["tokenizers"][entry["tokenizer"]]["padded_to"]
        return text({**own, "padded_to": padded_to, "device": self.config["device"]})

    def seed(self, wildcards: Wildcards) -> int:
        """The seed of a run: runs that are compared begin with the same weights where their shapes are the same."""
        return derive_seed(self.config["seed"], "pretrain")

    def template(self, wildcards: Wildcards) -> str:
        return f"resources/chat_templates/{self.config['models'][wildcards.model]['chat_template']}.jinja"

    def trained(self, wildcards: Wildcards) -> str:
        """The folder that the run of a model has written."""
        return f"{self.view.folder}/pretrained/{self.models[wildcards.model]}/model"

    # cards

    def cards(self, wildcards: Wildcards) -> int:
        """All cards of the nodes, or as many as have sequences to read. Raises InputError where they are too small."""
        if not self.view.on_cards:
            return 0
        entry = self.run(wildcards)
        busy = entry["sequences"] // (entry["sequences_at_once"] * entry["nodes"])
        cards = entry["nodes"] * min(self.view.cards["per_node"], max(1, busy))
        student = self.view.estimates.pretrained(wildcards.run)
        check_room(f"pretraining.runs.{wildcards.run}", student, cards, self.view.cards["card_gb"])
        return cards

    def resources(self) -> Resources:
        """Resources of a run on one node, or on the CPU."""
        return {
            **self.view.place,
            "gpu": self.cards,
            "mem_mb": signed(
                lambda wildcards, attempt: sizing.training_memory_mb(
                    self.view.estimates.pretrained(wildcards.run).size_b, "full", attempt
                )
            ),
            "retried": signed(lambda wildcards, attempt: attempt - 1),
            "runtime": self.view.limited("pretrain", self.cards),
        }

    def resources_on_nodes(self) -> Resources:
        """The same on several nodes, with a task on each, which the rule's own `srun` starts."""
        nodes = {name: signed(lambda wildcards: self.run(wildcards)["nodes"]) for name in ("nodes", "tasks")}
        return {**self.resources(), **nodes, "mpi": "srun"}

    def launcher_on_nodes(self, wildcards: Wildcards, threads: int, resources: Any) -> str:
        """What starts a run on each of its nodes: all launchers meet at the first one, where the command is read."""
        # each learns its rank when they meet; accelerate takes this backend from no file
        nodes = f"--num_machines {resources.nodes} --machine_rank 0 --rdzv_backend c10d"
        # a port of the job's own: another's launcher on the same node has the usual one
        address = "--main_process_ip $(hostname) --main_process_port $((29500 + SLURM_JOB_ID % 1000))"
        shared = f"--config_file resources/accelerate/nodes.yaml --num_processes {resources.gpu}"
        one_each = f"srun --nodes={resources.nodes} --ntasks={resources.nodes} --ntasks-per-node=1"
        ends = "--kill-on-bad-exit=1"  # with any of them: the others would wait for it
        return f"{one_each} {ends} {accelerate(f'{shared} {nodes} {address}', threads)}"
