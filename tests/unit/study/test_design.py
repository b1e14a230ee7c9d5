"""The design table, expanded."""

from hypothesis import given
from hypothesis import strategies as st

from polyglot.study.design import Cell, Design, part


def block(**changes):
    grid = {"name": "a", "student_bases": ["s"], "teachers": ["t"], "languages": ["es"], "recipes": ["mix"]}
    return grid | {"sizes": [10], "trials": 1} | changes


def design(*blocks):
    return Design(
        {
            "study": "test",
            "device": "cpu",
            "teachers": {"t": {"model": "m"}, "u": {"api": {}}, "p": {"rows": "public"}},
            "translators": {"x": {"model": "m"}},
            "models": {"m": {"size_b": 1}, "r": {"size_b": 2}},
            "student_bases": {"s": {"model": "m", "reference": "r", "training": {"method": "lora"}}},
            "training": {"method": "full", "epochs": 2},
            "sources": {"a": {"languages": ["es"]}, "b": {"languages": ["en"]}, "c": {"languages": ["ja"]}},
            "seeds": {"sources": ["a", "b", "c"]},
            "benchmarks": {
                "facts": {"formulation": "letters", "metric": "accuracy", "shots": 0, "languages": ["es"]},
                "sums": {"formulation": "generate", "metric": "exact_match", "shots": 5, "languages": ["es", "id"]},
            },
            "evaluation": {"benchmarks": ["facts", "sums"]},
            "recipes": {
                "mix": ["generate", "respond", "translate"],
                "respond": ["respond"],
                "judged": ["respond", "translate"],
                "nllb": ["nllb-respond"],
                "public": ["public"],
            },
            "quality": {"recipes": ["judged"], "oversampling": 1.3},
            "synthesis": {"oversampling": 1.5},
            "scoring": {},
            "screening": {"rows": 1000},
            "design": blocks,
        }
    )


def test_a_block_is_the_full_grid_and_overlap_counts_once():
    cells = design(block(teachers=["t", "u"], trials=2), block(languages=["es", "id"])).cells
    assert len(cells) == 5  # (t, u) x es x 2 trials, and t x id
    assert Cell("s", "t", "id", "mix", 10, 1) in cells
    assert cells == sorted(set(cells))


def test_a_limit_of_trials_holds_in_every_block_and_adds_none():
    study = design(block(trials=3), block(teachers=["u"], trials=1))
    study.config["trials"] = 2
    assert [(cell.teacher, cell.trial) for cell in study.cells] == [("t", 1), ("t", 2), ("u", 1)]


def test_path_of_a_data_set_has_no_student_base():
    assert Cell("s", "t", "es", "mix", 10, 2).data == "t/es/mix-10/trial2"


@given(st.integers(1, 10_000), st.lists(st.text(min_size=1), min_size=1, max_size=6, unique=True))
def test_parts_add_up_and_are_equal_but_for_the_remainder(size, methods):
    parts = [part(size, methods, method) for method in methods]
    assert sum(parts) == size
    assert max(parts) - min(parts) <= 1


def test_wanted_is_the_largest_part_that_any_cell_uses():
    study = design(block(), block(recipes=["respond"], sizes=[7]))
    methods = ["generate", "respond", "translate"]
    assert study.wanted_of("t", "es", 1, methods) == {"generate": 4, "respond": 7, "translate": 3}
    assert study.wanted_of("t", "ja", 1, methods) == {"generate": 0, "respond": 0, "translate": 0}


def test_a_study_of_small_data_sets_is_screened_by_the_first_trial_of_its_main_block():
    blocks = block(trials=2), block(recipes=["respond"], sizes=[1000])
    assert design(*blocks).screened_cells == [Cell("s", "t", "es", "mix", 10, 1)]
    study = design(*blocks)
    study.config["screening"]["rows"] = 999  # else the screen would wait for the 1000 rows of the other block
    assert study.screened_cells == [Cell("s", "t", "es", "mix", 10, 0)]


def test_a_screen_of_large_data_sets_draws_rows_of_its_own():
    study = design(block(sizes=[3000], trials=2))
    study.config["screening"]["rows"] = 30
    assert study.screened_cells == [Cell("s", "t", "es", "mix", 30, 0)]
    assert study.wanted_of("t", "es", 0, ["respond"]) == {"respond": 10}
    assert study.wanted_of("t", "es", 1, ["respond"]) == {"respond": 1000}
    assert study.requests("es", "respond") == 1500  # as without a screen
    assert {cell.trial for cell in study.cells} == {1, 2}
    files = study.screened_files()
    assert "results/test/data/t/es/mix-30/trial0.parquet" in files
    assert "results/test/intrinsic/t/es/mix-30/trial0/perplexity-s.parquet" in files
    assert [file for file in files if "trial0" not in file] == []


def test_a_trial_is_asked_for_no_more_than_its_own_cells_use():
    study = design(block(trials=2), block(sizes=[300]))
    assert study.wanted_of("t", "es", 1, ["respond"]) == {"respond": 100}
    assert study.wanted_of("t", "es", 2, ["respond"]) == {"respond": 3}
    assert study.requests("es", "respond") == 150  # the requests are those of the trial that needs most


def test_a_judged_recipe_needs_spare_rows():
    study = design(block(recipes=["judged"], sizes=[9]))
    # parts of 5 and 4 rows, times 1.3, rounded up
    assert study.wanted_of("t", "es", 1, ["respond", "translate"]) == {"respond": 7, "translate": 6}


def test_methods_by_who_writes_the_rows():
    study = design(block())
    assert study.methods == ["generate", "nllb-respond", "public", "respond", "translate"]
    assert study.direct_methods == ["generate", "respond", "translate"]
    assert (study.local_teachers, study.api_teachers, study.pair_teachers) == (["t"], ["u"], ["p"])


def test_requests_cover_the_neediest_teacher_times_oversampling():
    study = design(block(), block(teachers=["u"], recipes=["respond"], sizes=[7]))
    assert study.requests("es", "respond") == 11
    assert study.requests("id", "respond") == 0


def test_a_base_changes_only_the_training_settings_it_names():
    assert design(block()).training("s") == {"method": "lora", "epochs": 2, "device": "cpu"}


def test_seed_tables_hold_the_language_or_english():
    assert design(block()).seed_tables("es") == ["results/test/seeds/a.parquet", "results/test/seeds/b.parquet"]


def test_a_benchmark_without_the_language_is_stated_without_files():
    facts, sums = design(block()).tasks("id")
    assert facts["benchmark"] == "facts" and facts["items"] is None
    assert sums["items"] == "results/test/benchmarks/sums/id.jsonl"
    assert sums["shot_items"] == "results/test/benchmarks/sums/id.shots.jsonl"
    assert design(block()).task_files("id") == [sums["items"], sums["shot_items"]]


def abilities(deciding=None, **protocols):
    """A study of "facts" and "sums", and of these once more with other settings."""
    study = design(block())
    entries = study.config["benchmarks"]
    entries |= {f"{name}-more": {**entries[name], **more} for name, more in protocols.items()}
    for name, entry in entries.items():
        entry["measures"] = "culture" if name.startswith("facts") else "math"
    study.config |= {"evaluation": {"benchmarks": list(entries)}}
    study.config |= {"scoring": {"benchmarks": deciding} if deciding else {}}
    return Design(study.config)


def test_a_chat_entry_beside_a_plain_one_decides_nothing_and_fills_no_column():
    study = abilities(facts={"protocol": "chat"}, sums={"protocol": "chat"})
    assert study.deciding == ["facts", "sums"]
    assert study.columns == {"facts": "culture", "sums": "math"}
    assert study.protocol_pairs == [("facts", "facts-more"), ("sums", "sums-more")]
    assert [task.get("protocol") for task in study.tasks("es")] == [None, None, "chat", "chat"]


def test_a_chat_entry_that_decides_fills_the_column_alone():
    study = abilities(["sums-more"], facts={"protocol": "chat"}, sums={"protocol": "chat"})
    assert study.columns == {"facts": "culture", "sums-more": "math"}


def test_entries_that_differ_in_more_than_protocol_are_no_pair():
    study = abilities(facts={"protocol": "chat", "languages": ["id"]}, sums={"protocol": "chat", "shots": 2})
    assert study.protocol_pairs == []


def test_what_is_measured_holds_student_and_both_anchors():
    study = design(block())
    assert study.cells_of("small", "es") == []
    files = study.measured(study.cells)
    for file in ("students/s/t/es/mix-10/trial1/sums.json", "models/m/es/facts.json", "models/r/es/sums.json"):
        assert f"results/test/evaluations/{file}" in files
    assert "results/test/intrinsic/t/es/mix-10/trial1/perplexity-s.json" in files


def test_a_teacher_behind_an_api_has_no_model_to_evaluate():
    study = design(block(teachers=["t", "u"]))
    assert study.teacher_evaluations() == [f"results/test/evaluations/models/m/es/{b}.json" for b in ("facts", "sums")]


def test_sources_of_other_languages_are_not_fetched():
    made = design(block())
    assert made.sources == ["a", "b"]
    made.config["sources"]["c"] |= {"dataset": "c", "rows": 7}
    made.config["sources"]["a"] |= {"rows": 7}
    assert made.rows("c") == {"ja": 7} and made.rows("a") is None and made.rows("b") is None
    made.config["sources"]["c"]["rows"] = {"ja": 3}
    assert made.rows("c") == {"ja": 3}


def test_benchmarks_that_the_paper_does_not_have_decide_only_where_they_are_named():
    config = design(block()).config | {"scoring": {}}
    entry = {"metric": "m", "shots": 0, "languages": ["es"]}
    config["benchmarks"] |= {name: entry | {"formulation": name} for name in ("native_text", "instructions")}
    config["evaluation"] = {"benchmarks": ["native_text", "facts", "instructions", "sums"]}
    assert Design(config).deciding == ["facts", "sums"]
    named = config | {"scoring": {"benchmarks": ["instructions"]}}
    assert Design(named).deciding == ["instructions"]
