"""The table and the figure of bases that a study trains from nothing."""

import pandas as pd

from polyglot.report.figures.polyglot_ko_pretraining import draw
from polyglot.report.figures.polyglot_ko_pretraining_data import curve
from polyglot.report.pretraining_table import rows_of, table

SUMMARY = {
    "parameters": 3_400_000,
    "vocabulary": 4000,
    "bytes": 3_200_000,
    "tokens": 716_800,
    "steps": 700,
    "passes": 1.9,
    "held_out_bytes": 90_000,
    "bits_per_byte_before": 2.722,
    "bits_per_byte_after": 1.155,
    "held_out_loss_before": 8.32,
    "held_out_loss_after": 3.53,
}
LOG = [
    {"step": 0, "bits_per_byte": 2.722, "held_out_loss": 8.32},
    {"step": 1, "loss": 8.3},
    {"step": 350, "loss": 4.0, "bits_per_byte": 1.5, "held_out_loss": 4.6},
    {"step": 700, "loss": 3.5, "bits_per_byte": 1.155, "held_out_loss": 3.53},
]


def test_the_table_has_a_column_a_run_and_its_measurements():
    result = table(rows_of([("ko-3m", "ko-4k", SUMMARY, {"tokens_per_second": 5514.2})]))
    cells = dict(result.layout[["", "ko-3m"]].to_numpy().tolist())
    assert cells["bits a byte, untrained"] == "2.722" and cells["bits a byte, trained"] == "1.155"
    assert (cells["text read, MB"], cells["updates"], cells["tokens a second"]) == ("3.20", "700", "5,514")
    assert result.rows.loc[0, "bytes"] == 3_200_000


def test_nothing_held_out_is_not_available():
    empty = dict.fromkeys(("bits_per_byte_before", "bits_per_byte_after", "held_out_loss_before"), None)
    rows = rows_of([("a", "b", SUMMARY | empty | {"held_out_loss_after": None}, {"tokens_per_second": None})])
    assert set(table(rows).layout["a"].iloc[-4:]) == {"n/a"}


def test_the_curve_is_over_the_bytes_read():
    rows = curve("ko-3m", LOG, SUMMARY)
    assert [(round(row["megabytes"], 2), row["bits_per_byte"]) for row in rows] == [
        (0, 2.722),
        (1.6, 1.5),
        (3.2, 1.155),
    ]


def test_each_run_is_drawn_with_its_last_value():
    data = pd.DataFrame(curve("ko-3m", LOG, SUMMARY) + curve("plain", LOG, SUMMARY))
    figure = draw(data, {"tokenizers": {"ko-3m": "ko-4k", "plain": "ko-4k-plain"}}, 3.3)
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.texts] == ["1.16", "1.16"]
    assert [line.get_label() for line in axes.lines] == ["ko-3m (tokenizer ko-4k)", "plain (tokenizer ko-4k-plain)"]
