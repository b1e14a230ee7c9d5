"""Tables as LaTeX itself sets them, whatever their teachers are called."""

import pandas as pd
import pytest

from polyglot.analysis.score import score
from polyglot.report.score_tables import TABLES, Study
from polyglot.report.table_files import Table, latex, write
from tests.latex import set_tables
from tests.unit.study_samples import wide

HOSTILE = [
    *("[2em]", "*", "a & b", r"\\ \hline", "50%", r"\input{/etc/passwd}", "a\n% b", "$x$ $", "{", "}", "}}{", "#1 ##"),
    *(
        "\x00\x1b[31m",
        r"\end{tabular}",
        r"\catcode`\%=12",
        "^^5cend",
        "~_^|<>",
        "`'\"--",
        "",
        " ",
        "−†‡§ακ±×·",
        "Ñandú ž",
        "a\\",
    ),
]
SCRIPTS = [
    "한국어",
    "العربية 1",
    "日本語「」",
    "ру́сский",
    "हिन्दी",
    "አማርኛ",
    "ไทย",
    "a\u200db",
    "\u202etxt",
    "🧑‍🏫",
    "\ufeffx",
]


@pytest.mark.parametrize(("engine", "names"), [("pdflatex", HOSTILE), ("lualatex", [*HOSTILE, *SCRIPTS])])
def test_hostile_names_of_rows_columns_and_titles(engine, names, tmp_path):
    layout = pd.DataFrame({name: names for name in ("teacher", *names)})
    write(Table("01", "\n".join(names), layout, layout, names), tmp_path)
    set_tables([tmp_path / "table_01.tex"], tmp_path, engine)


def test_every_score_table_of_a_study_whose_teachers_have_hostile_names(tmp_path):
    names = dict(zip((f"teacher-{number}" for number in range(5)), HOSTILE[5:10], strict=True))
    scores = score(wide().replace({"teacher": names}), "mix", 60).scores
    study = Study(scores, "mix", 60, "base-a", dict.fromkeys([*names.values(), "base-b"], r"\family{"))
    for make in TABLES:
        write(make(study), tmp_path)
    tables = sorted(tmp_path.glob("*.tex"))
    assert len(tables) == len(TABLES) and any(latex(HOSTILE[5]) in table.read_text("utf-8") for table in tables)
    set_tables(tables, tmp_path, "pdflatex")


def test_an_empty_table(tmp_path):
    empty = Table("01", "Nothing", pd.DataFrame(columns=["teacher"]), pd.DataFrame(columns=["teacher"]))
    write(empty, tmp_path)
    set_tables([tmp_path / "table_01.tex"], tmp_path, "pdflatex")


def test_a_table_that_is_not_escaped_is_told(tmp_path):
    (tmp_path / "bad.tex").write_text(r"\begin{tabular}{l} a & b \\ \end{tabular}", encoding="utf-8")
    with pytest.raises(AssertionError, match="Extra alignment tab"):
        set_tables([tmp_path / "bad.tex"], tmp_path)
