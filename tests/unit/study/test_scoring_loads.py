"""Which tables of rows a scorer works through on one engine load, in a small design by hand."""

import pytest

from polyglot.study.design import Design
from polyglot.study.scoring_loads import ScoringLoads

PEOPLE = {"adapter": "chatterbot", "languages": ["es"]}


def data(teacher, language, recipe, size, trial=1):
    return f"results/test/data/{teacher}/{language}/{recipe}-{size}/trial{trial}.parquet"


def block(**changes):
    cells = {"student_bases": ["s"], "teachers": ["t"], "languages": ["es", "id"], "recipes": ["mix"], "sizes": [5]}
    return {"name": "main", "trials": 1, **cells, **changes}


def loads(engine_load, *blocks, second_judge=None, screened=1000, one_shot=1):
    config = {
        "study": "test",
        "engine_load": engine_load,
        "design": list(blocks),
        "teachers": {"t": {"model": "m"}, "u": {"api": {}}, "both": {"mixture": ["u", "t"], "parts": "equal"}},
        "student_bases": {"s": {"model": "m"}, "b": {"model": "m"}},
        "benchmarks": {},
        "evaluation": {"benchmarks": []},
        "languages": {"es": {"name": "Spanish"}, "id": {"name": "Indonesian"}},
        "recipes": {"mix": ["generate", "respond"], "small": ["respond"]},
        "quality": {"recipes": [], "oversampling": 1},
        "sources": {"people": PEOPLE},
        "seeds": {"sources": ["people"]},
        "scoring": {},
        "screening": {"rows": screened, "one_shot": one_shot},
        "intrinsic": {"judge": "j", "judge_check_rows": 2, "second_judge": second_judge},
    }
    return ScoringLoads(Design(config))


def table(teacher, language, method, trial=1):
    return f"results/test/synthetic/{teacher}/{language}/{method}/trial{trial}.parquet"


def test_a_judge_and_the_embedder_take_a_teachers_rows_in_a_language_whatever_recipe_or_size_uses_them():
    small = block(recipes=["small"], sizes=[9], languages=["es"])
    made = loads("language", block(), small, second_judge="k")
    own = [table("t", "es", "generate"), table("t", "es", "respond")]
    assert made.files("embeddings", "t/es") == made.files("judge-j", "t/es") == made.files("judge-k", "t/es") == own
    assert made.rows("embeddings", "t/es") == 3 + 9  # of 5 rows 3 and 2; the other block takes 9 of `respond`
    assert made.rows("embeddings", "t/id") == 5


def test_the_studys_judge_is_checked_where_people_wrote_answers():
    made = loads("language", block(), second_judge="k")
    assert made.files("judge-j", "judge_check/es") == ["results/test/judge_check/rows/es.parquet"]
    assert made.rows("judge-j", "judge_check/es") == 2 * 5
    assert "judge_check/es" not in made.tables["judge-k"] and "judge_check/id" not in made.names


def test_a_student_base_takes_the_data_sets_of_all_teachers_that_its_own_students_learn_from():
    made = loads("language", block(teachers=["t", "u"]), block(student_bases=["b"], languages=["id"], trials=2))
    assert made.files("likelihoods-s", "es") == [data("t", "es", "mix", 5), data("u", "es", "mix", 5)]
    assert made.files("likelihoods-b", "id") == [data("t", "id", "mix", 5, trial) for trial in (1, 2)]
    assert set(made.tables["likelihoods-b"]) == {"id"}


def test_rows_that_several_data_sets_of_a_base_hold_are_counted_once_and_those_of_other_bases_not_at_all():
    larger = block(student_bases=["b"], sizes=[100], languages=["es"])
    made = loads("language", block(sizes=[5, 9]), block(recipes=["small"], sizes=[7], languages=["es"]), larger)
    assert made.rows("likelihoods-s", "es") == 5 + 7  # 9 rows are 5 and 4, the recipe of `respond` alone has 7 of these
    assert made.rows("likelihoods-b", "es") == 100
    assert len(made.files("likelihoods-s", "es")) == 3


def test_teachers_are_screened_by_the_data_sets_of_the_screen_alone():
    made = loads("language", block(sizes=[5, 9]))
    assert made.screened_by("likelihoods-s", "es") == [f"es={data('t', 'es', 'mix', 5)}"]
    assert made.screened("likelihoods-s", "es") == 5
    assert made.answered_seeds("likelihoods-s", "es") == ["results/test/seeds/people.parquet"]
    drawn = loads("language", block(sizes=[500]), screened=7)
    assert drawn.screened_by("likelihoods-s", "screen/es") == [f"es={data('t', 'es', 'mix', 7, 0)}"]
    assert drawn.screened_by("likelihoods-s", "es") == drawn.answered_seeds("likelihoods-s", "es") == []
    unshown = loads("language", block(), one_shot=0)
    assert unshown.screened("likelihoods-s", "es") == 5 and unshown.answered_seeds("likelihoods-s", "es") == []


def test_a_study_on_one_load_has_the_tables_of_a_language_together():
    made = loads("study", block(teachers=["u", "t"]))
    assert made.names == {"all"}
    assert made.language_names("judge-j", "all") == ["Spanish"] * 5 + ["Indonesian"] * 4
    assert made.files("judge-j", "all")[0] == "results/test/judge_check/rows/es.parquet"
    assert len(made.files("likelihoods-s", "all")) == 4


def test_rows_that_are_drawn_for_a_screen_wait_for_no_others():
    class Job:
        teacher, language, trial = "t", "es", "0"

    made = loads("language", block(teachers=["t", "u"], sizes=[500]), second_judge="k", screened=7)
    drawn = [table("t", "es", method, trial=0) for method in ("generate", "respond")]
    assert made.files("judge-j", "screen/t/es") == made.files("embeddings", "screen/t/es") == drawn
    assert made.files("likelihoods-s", "screen/es") == [data("t", "es", "mix", 7, 0), data("u", "es", "mix", 7, 0)]
    assert made.rows("likelihoods-s", "screen/es") == 2 * 7
    assert not set(drawn) & set(made.files("judge-j", "t/es"))
    assert [load for load in made.tables["judge-k"] if load.startswith("screen")] == []
    assert made.scores("embeddings", Job) == ["results/test/row_scores/embeddings/screen/t/es.parquet"]
    assert made.scores("likelihoods-s", Job) == ["results/test/row_scores/likelihoods-s/screen/es.parquet"]
    Job.trial = "1"
    assert made.scores("likelihoods-s", Job) == ["results/test/row_scores/likelihoods-s/es.parquet"]


@pytest.mark.parametrize(("engine_load", "files"), [("language", ("t/es", "es")), ("study", ("all", "all"))])
def test_a_metric_looks_its_rows_up_in_the_load_that_scored_them(engine_load, files):
    class Job:
        teacher, language = "t", "es"

    made = loads(engine_load, block())
    assert made.scores("embeddings", Job) == [f"results/test/row_scores/embeddings/{files[0]}.parquet"]
    assert made.scores("likelihoods-s", Job) == [f"results/test/row_scores/likelihoods-s/{files[1]}.parquet"]
    del Job.teacher  # the check of a judge has none
    check = "judge_check/es" if engine_load == "language" else "all"
    assert made.scores("judge-j", Job) == [f"results/test/row_scores/judge-j/{check}.parquet"]


@pytest.mark.parametrize(("engine_load", "files"), [("language", ["u/es", "t/es"]), ("study", ["all"])])
def test_a_mixtures_rows_are_scored_where_they_were_made(engine_load, files):
    class Job:
        teacher, language = "both", "es"

    alone, beside = (loads(engine_load, block(teachers=["t", "u", *more])) for more in ([], ["both"]))
    assert alone.tables["judge-j"] == beside.tables["judge-j"]  # no text is scored for the mixture
    assert alone.tables["embeddings"] == beside.tables["embeddings"]
    of_base = "es" if engine_load == "language" else "all"
    assert alone.rows("likelihoods-s", of_base) == beside.rows("likelihoods-s", of_base)
    read = beside.files("likelihoods-s", of_base)
    assert {table(teacher, "es", method) for teacher in "tu" for method in ("generate", "respond")} <= set(read)
    assert data("both", "es", "mix", 5) not in read  # a screen that reads these likelihoods may choose its rows
    assert beside.scores("embeddings", Job) == [f"results/test/row_scores/embeddings/{file}.parquet" for file in files]
    assert beside.scores("likelihoods-s", Job) == [f"results/test/row_scores/likelihoods-s/{of_base}.parquet"]
