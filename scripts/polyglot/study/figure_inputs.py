"""What the data of each figure of the paper is made from: inputs of its rule and options of its program."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from polyglot.study.analysed import PRINTED, Analysed
from polyglot.study.commands import text
from polyglot.synthesis.methods import TRANSLATIONS

SCORES = {"scores": "results/{study}/scores.csv"}
COMPONENTS = {"components": "results/{study}/statistics/components.json"}
LANGUAGES = {"languages": f"{PRINTED}/table08_languages.csv", "autonyms": "resources/autonyms.csv"}


@dataclass(frozen=True)
class FigureData:
    """`files` are inputs, each the option of its name; `main` are settings of the main cells, the options --main-NAME.

    `further`: inputs that only some studies have; `more`: options that are functions of the wildcards and the inputs.
    """

    files: dict[str, str]
    main: tuple[str, ...] = ()
    further: dict[str, Callable[[Any], list[str]]] = field(default_factory=dict)
    more: tuple[Callable[..., str], ...] = ()

    def options(self, analysed: Analysed) -> Callable[[Any, Any], str]:
        """A param of the rule: the options of its program."""

        def given(wildcards: Any, input: Any) -> str:
            settings = analysed.settings[wildcards.study]
            options = [f"--{name} {input[name]}" for name in self.files]
            options += [f"--main-{name} {settings[name]}" for name in self.main]
            return " ".join(options + [option(wildcards, input) for option in self.more])

        return given


def figures(analysed: Analysed) -> dict[str, FigureData]:
    """Figure number → what its data is made from."""
    predictions = {**COMPONENTS, "predictions": "results/{study}/statistics/predictions.csv"}
    cells = ("recipe", "size", "base")
    printed = {"printed": analysed.printed_tables}
    print_option = (lambda wildcards, input: analysed.printed_option(wildcards),)
    return {
        "01": FigureData({"workflow": "resources/workflow.csv", **SCORES}),
        "02": FigureData(
            {**SCORES, "ranking": "results/{study}/ranking.csv"},
            ("recipe", "size"),
            printed,
            print_option,
        ),
        "03": FigureData(COMPONENTS, (), printed, print_option),
        "04": FigureData(predictions, (), printed, print_option),
        "05": FigureData(SCORES, ("recipe", "base")),
        "06": FigureData(SCORES, ("base",), more=(lambda wildcards, input: f"--recipes {text(TRANSLATIONS)}",)),
        "07": FigureData(
            {**SCORES, "ranking": "results/{study}/ranking.weights.csv"}, (*cells, "seed"), printed, print_option
        ),
        "08": FigureData({**SCORES, **LANGUAGES}, cells),
        "09": FigureData(
            {"measurements": "results/{study}/measurements.csv", "ranking": "results/{study}/ranking.csv"},
            ("recipe", "size"),
            {"comparison": analysed.comparison_table, **printed},
            (
                lambda wildcards, input: f"--main-base {analysed.drawn_base(wildcards)}",
                analysed.comparison_option,
                *print_option,
            ),
        ),
    }
