import argparse
import functools
import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.core.identity import derive_seed
from polyglot.synthesis.methods import DIRECT
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.synthesise import (
    ROW_COLUMNS,
    Job,
    LocalTeacher,
    add_arguments,
    jobs_from,
    read_requests,
    run_jobs,
)

GOOD = [
    f"La respuesta correcta es la palabra {word}."
    for word in ["casa", "perro", "gato", "mesa", "libro", "árbol", "cielo", "fuego"]
]
ENGLISH = "This is the right answer to the question."


def make_requests(folder, language="es", count=8):
    """One table a method; the ids are r0, r1, ... in order."""
    columns = ["request_id", "method", "language", "seed_ids", "source_prompt", "demonstrations"]
    for method in DIRECT:
        rows = [
            {
                "request_id": f"r{number}",
                "method": method,
                "language": language,
                "seed_ids": ["s1", f"s{number}"],
                "source_prompt": None if method == "generate" else f"¿Qué palabra tiene el número {number}?",
                "demonstrations": [{"english": "Who is it?", "prompt": "¿Quién es?", "response": "Soy yo."}],
            }
            for number in range(count)
        ]
        pd.DataFrame(rows, columns=columns).to_parquet(folder / f"{method}.parquet", index=False)
    return [folder / f"{method}.parquet" for method in DIRECT]


class Model:
    """Answers from a script, in the order of the calls; `pick` takes those of the open calls that end next."""

    def __init__(self, script, pick=list):
        self.script, self.pick = list(script), pick
        self.calls = []
        self.open = {}
        self.most_open = 0

    def submit(self, number, call):
        self.calls.append(call)
        answer = self.script.pop(0)
        self.open[number] = answer if isinstance(answer, Completion) else Completion(answer, "stop", 100, 10)
        self.most_open = max(self.most_open, len(self.open))

    def finished(self):
        return {number: self.open.pop(number) for number in self.pick(self.open)}


class Killed(Exception):
    pass


def dies_after(count):
    """What a model picks that ends `count` answers, one at a time, and dies."""
    left = iter(range(count))

    def pick(running):
        if next(left, None) is None:
            raise Killed
        return [min(running)]

    return pick


@pytest.fixture
def job(tmp_path):
    return Job(
        teacher="t1",
        language="es",
        language_name="Spanish",
        trial=2,
        seed=7,
        style="chat",
        templates=Path("resources/prompts"),
        longest=200,
        max_tokens=50,
        chunk_size=3,
        made_with="model and sampling",
        out=tmp_path / "out",
    )


def test_prompts_that_were_translated_before_are_answered_like_any_other(job, tmp_path):
    paths = make_requests(tmp_path)
    asked = pd.read_parquet(paths[DIRECT.index("respond")]).assign(method="nllb-respond")
    asked.to_parquet(tmp_path / "nllb-respond.parquet", index=False)
    teacher = Model([*GOOD[:3], ENGLISH, *GOOD[3:5]])
    arguments = argparse.Namespace(
        language="es", requests=[tmp_path / "nllb-respond.parquet"], wanted={2: {"nllb-respond": 4}}
    )
    run_jobs(arguments, [[job]], lambda job: LocalTeacher(job, teacher))
    rows = pd.read_parquet(job.path("nllb-respond", ".parquet"))
    assert list(rows["method"]) == ["nllb-respond"] * 4 and list(rows["response"]) == [*GOOD[:3], GOOD[3]]
    assert list(rows["prompt"]) == [f"¿Qué palabra tiene el número {number}?" for number in (0, 1, 2, 4)]
    calls = teacher.calls
    assert {call.schema for call in calls} == {None}  # plain text, as in respond
    assert calls[0].seed == derive_seed(7, "t1", "es", "nllb-respond", 2, "r0")
    assert "Answer in Spanish" in calls[0].question.content[-1]["content"]


def make(job, tmp_path, teacher, wanted=4, **requests):
    """Run with rows wanted of `respond` alone; the kept rows, the rejects and the counts."""
    arguments = argparse.Namespace(
        language="es",
        requests=make_requests(tmp_path, **requests),
        wanted={2: {"generate": 0, "translate": 0, "respond": wanted}},
    )
    run_jobs(arguments, [[job]], lambda job: LocalTeacher(job, teacher))
    folder = job.out / "respond"
    counts = json.loads((folder / "trial2.counts.json").read_text())
    return pd.read_parquet(folder / "trial2.parquet"), pd.read_parquet(folder / "trial2.rejected.parquet"), counts


def test_first_valid_rows_are_kept_in_request_order_and_the_rest_is_counted(job, tmp_path):
    teacher = Model([ENGLISH, GOOD[0], GOOD[1], "", GOOD[2], GOOD[3], *GOOD[4:]])
    kept, rejected, counts = make(job, tmp_path, teacher, wanted=3)
    assert len(teacher.calls) == 6  # the third chunk is never asked for
    assert list(kept["response"]) == GOOD[:3]
    assert list(kept["request_id"]) == ["r1", "r2", "r4"]
    assert list(zip(rejected["request_id"], rejected["reason"], strict=True)) == [
        ("r0", "wrong_language"),
        ("r3", "empty"),
        ("r5", "surplus"),
    ]
    assert list(rejected["text"]) == [ENGLISH, "", GOOD[3]]
    assert counts == {
        "seen": 6,
        "kept": 3,
        "wanted": 3,
        "rejected": {"wrong_language": 1, "empty": 1, "surplus": 1},
        "prompt_tokens": 600,
        "completion_tokens": 60,
        "cost_usd": 0.0,
    }


def test_rows_say_where_they_come_from(job, tmp_path):
    kept, rejected, _ = make(job, tmp_path, Model(GOOD), wanted=1)
    assert tuple(kept.columns) == ROW_COLUMNS and tuple(rejected.columns) == (*ROW_COLUMNS, "reason", "text")
    row = kept.iloc[0]
    assert (row["teacher"], row["language"], row["method"], row["trial"]) == ("t1", "es", "respond", 2)
    assert list(row["seed_ids"]) == ["s1", "s0"]
    assert row["prompt"] == "¿Qué palabra tiene el número 0?"
    assert row["request_seed"] == derive_seed(7, "t1", "es", "respond", 2, "r0")
    assert (row["prompt_tokens"], row["completion_tokens"]) == (100, 10)


def test_every_call_has_its_own_seed_and_the_schema_of_its_method(job, tmp_path):
    teacher = Model(GOOD)
    make(job, tmp_path, teacher, wanted=6)
    calls = teacher.calls
    assert len({call.seed for call in calls}) == len(calls) == 6
    assert all(call.schema is None for call in calls)
    asked = Model(
        json.dumps({"prompt": f"¿Qué significa {word}?", "response": text})
        for word, text in zip("abcdef", GOOD[:6], strict=True)
    )
    arguments = argparse.Namespace(
        language="es", requests=make_requests(tmp_path), wanted={2: {"generate": 2, "translate": 2, "respond": 0}}
    )
    run_jobs(arguments, [[job]], lambda job: LocalTeacher(job, asked))
    assert all(call.schema["properties"]["prompt"]["maxLength"] == 200 for call in asked.calls)
    other_trial = derive_seed(7, "t1", "es", "generate", 1, "r0")
    seeds = [asked.calls[0].seed, asked.calls[3].seed]  # of the first request of each method
    assert len({*seeds, other_trial}) == 3


def test_too_few_valid_rows_are_written_with_their_true_number(job, tmp_path):
    kept, _, counts = make(job, tmp_path, Model([ENGLISH] * 7 + GOOD[:1]), wanted=4)
    assert len(kept) == counts["kept"] == 1 and counts["wanted"] == 4 and counts["seen"] == 8


def test_nothing_wanted_makes_empty_tables_with_their_columns(job, tmp_path):
    teacher = Model([])
    kept, rejected, counts = make(job, tmp_path, teacher, wanted=0)
    assert len(kept) == len(rejected) == counts["seen"] == 0 and teacher.calls == []
    assert tuple(kept.columns) == ROW_COLUMNS and kept["request_seed"].dtype == "int64"


def test_all_requests_that_are_needed_are_open_at_once(job, tmp_path):
    model = Model(GOOD, pick=lambda running: [max(running)])
    make(job, tmp_path, model, wanted=5)
    assert model.most_open == len(model.calls) == 6  # two chunks of three hold five requests


def test_a_rejected_answer_is_replaced_while_others_are_still_written(job, tmp_path):
    model = Model([ENGLISH, *GOOD[:5]], pick=lambda running: [min(running)])
    kept, _, _ = make(job, tmp_path, model, wanted=3)
    assert model.most_open == 5  # two of the first three, and the next three
    assert list(kept["response"]) == GOOD[:3]


def two_trials(job, tmp_path, model, wanted=(3, 3)):
    """Run two trials of `respond` side by side; the responses of each."""
    arguments = argparse.Namespace(
        language="es",
        requests=make_requests(tmp_path)[DIRECT.index("respond") :],
        wanted={1: {"respond": wanted[0]}, 2: {"respond": wanted[1]}},
    )
    run_jobs(arguments, [[replace(job, trial=1), job]], lambda job: LocalTeacher(job, model))
    return [list(pd.read_parquet(job.out / f"respond/trial{trial}.parquet")["response"]) for trial in (1, 2)]


def test_all_methods_are_open_at_once_and_each_asks_on_for_its_own_rejects(job, tmp_path):
    pair = json.dumps({"prompt": "¿Qué significa árbol?", "response": GOOD[0]})
    model = Model([pair, ENGLISH, pair, *GOOD[:3], *[json.dumps({"prompt": "¿Y gato?", "response": GOOD[1]})] * 3])
    arguments = argparse.Namespace(
        language="es", requests=make_requests(tmp_path), wanted={2: {"generate": 2, "translate": 0, "respond": 3}}
    )
    run_jobs(arguments, [[job]], lambda job: LocalTeacher(job, model))
    assert [call.schema is None for call in model.calls] == [False] * 3 + [True] * 3 + [False] * 3
    assert model.most_open == 6  # those of both methods; the last three come after them
    kept = {method: pd.read_parquet(job.path(method, ".parquet"))["request_id"].tolist() for method in DIRECT}
    assert kept == {"generate": ["r0", "r3"], "translate": [], "respond": ["r0", "r1", "r2"]}
    assert not list(job.out.glob("*/*.chunks"))


def seeds(*places):
    return [derive_seed(7, "t1", "es", "respond", trial, request) for trial, request in places]


def test_the_trials_of_a_request_are_asked_one_after_the_other(job, tmp_path):
    model = Model(GOOD[:6])
    assert two_trials(job, tmp_path, model) == [[GOOD[0], GOOD[2], GOOD[4]], [GOOD[1], GOOD[3], GOOD[5]]]
    order = seeds((1, "r0"), (2, "r0"), (1, "r1"), (2, "r1"), (1, "r2"), (2, "r2"))
    assert [call.seed for call in model.calls] == order
    first, second, third = (call.question for call in model.calls[:3])
    assert first == second != third and model.most_open == 6


def test_a_trial_asks_on_for_its_own_rejects_alone(job, tmp_path):
    model = Model([GOOD[0], ENGLISH, *GOOD[1:8]])  # the first request of the second trial is rejected
    first, second = two_trials(job, tmp_path, model)
    assert first == [GOOD[0], GOOD[1], GOOD[3]] and second == [GOOD[2], GOOD[4], GOOD[5]]
    assert [call.seed for call in model.calls[6:]] == seeds((2, "r3"), (2, "r4"), (2, "r5"))


def test_a_trial_that_wants_no_row_asks_nothing(job, tmp_path):
    model = Model(GOOD[:3])
    assert two_trials(job, tmp_path, model, wanted=(0, 3)) == [[], GOOD[:3]]


def test_a_job_that_died_asks_nothing_again_that_it_has_an_answer_to(job, tmp_path):
    with pytest.raises(Killed):
        two_trials(job, tmp_path, Model(GOOD, pick=dies_after(4)))
    second = Model(GOOD[4:])
    assert two_trials(job, tmp_path, second) == [[GOOD[0], GOOD[2], GOOD[4]], [GOOD[1], GOOD[3], GOOD[5]]]
    assert [call.seed for call in second.calls] == seeds((1, "r2"), (2, "r2"))
    assert not list((tmp_path / "out").glob("*/*.chunks"))


@pytest.mark.parametrize("pick", [min, max, lambda running: sorted(running)[len(running) // 2]])
def test_files_do_not_depend_on_the_order_in_which_answers_end(job, tmp_path, pick):
    script = [GOOD[0], ENGLISH, GOOD[1], GOOD[1], "", GOOD[2], GOOD[2], GOOD[3]]
    # the same prompt in all requests: equal answers are duplicates
    paths = make_requests(tmp_path)
    asked = pd.read_parquet(paths[DIRECT.index("respond")]).assign(source_prompt="¿Qué palabra es?")
    asked.to_parquet(paths[DIRECT.index("respond")], index=False)
    arguments = argparse.Namespace(
        language="es", requests=paths, wanted={2: {"generate": 0, "translate": 0, "respond": 3}}
    )
    run_jobs(arguments, [[job]], lambda job: LocalTeacher(job, Model(script, pick=lambda running: [pick(running)])))
    kept = pd.read_parquet(job.path("respond", ".parquet"))
    rejected = pd.read_parquet(job.path("respond", ".rejected.parquet"))
    assert list(kept["request_id"]) == ["r0", "r2", "r5"]
    reasons = [("r1", "wrong_language"), ("r3", "duplicate"), ("r4", "empty")]
    assert list(zip(rejected["request_id"], rejected["reason"], strict=True)) == reasons


def test_killed_job_goes_on_from_single_answers(job, tmp_path):
    with pytest.raises(Killed):
        make(job, tmp_path, Model(GOOD, pick=dies_after(4)), wanted=6)
    assert not (job.out / "respond" / "trial2.parquet").exists()
    second = Model(GOOD[4:])
    kept, _, counts = make(job, tmp_path, second, wanted=6)
    assert len(second.calls) == 2
    assert list(kept["response"]) == GOOD[:6]
    assert counts["completion_tokens"] == 60  # what the first run made is counted too
    assert not list((job.out / "respond").glob("*.chunks"))


def test_resumed_rows_equal_those_of_a_job_that_was_never_killed(job, tmp_path):
    whole = replace(job, out=tmp_path / "whole")
    expected, _, _ = make(whole, tmp_path, Model([ENGLISH, *GOOD[:7]]), wanted=5)
    with pytest.raises(Killed):
        make(job, tmp_path, Model([ENGLISH, *GOOD[:7]], pick=dies_after(2)), wanted=5)
    # six requests, and three more for the first that was rejected; two of them are answered
    again, _, _ = make(job, tmp_path, Model(GOOD[1:7]), wanted=5)
    pd.testing.assert_frame_equal(again, expected)
    for name in ("trial2.parquet", "trial2.rejected.parquet", "trial2.counts.json"):
        files = [(folder / "respond" / name).read_bytes() for folder in (job.out, whole.out)]
        assert files[0] == files[1]


@pytest.mark.parametrize("change", [{"made_with": "other sampling"}, {"seed": 8}, {"language_name": "Castilian"}])
def test_finished_answers_of_other_settings_are_not_taken_up(job, tmp_path, change):
    with pytest.raises(Killed):
        make(job, tmp_path, Model(GOOD, pick=dies_after(3)), wanted=6)
    other = Model(GOOD)
    make(replace(job, **change), tmp_path, other, wanted=6)
    assert len(other.calls) == 6


def test_an_answer_cut_short_on_disk_is_made_again(job, tmp_path, capsys):
    with pytest.raises(Killed):
        make(job, tmp_path, Model(GOOD, pick=dies_after(3)), wanted=6)
    (answers,) = job.out.glob("*/trial2.chunks/answers.jsonl")
    answers.write_bytes(answers.read_bytes()[:-20])
    second = Model(GOOD[2:])
    kept, _, _ = make(job, tmp_path, second, wanted=6)
    assert len(second.calls) == 4 and list(kept["response"]) == GOOD[:6]
    assert "answers.jsonl: 1 of 3 lines cannot be read" in capsys.readouterr().err


def test_teacher_without_a_valid_row_is_an_error_that_shows_the_answers(job, tmp_path):
    with pytest.raises(InputError) as caught:
        make(job, tmp_path, Model([ENGLISH] * 6 + ["", ""]))
    message = str(caught.value)
    assert "teacher t1, language es, method respond" in message
    assert "6 of 8 answers are wrong_language" in message
    rejects = job.out / "respond" / "trial2.chunks" / "rejected.jsonl"
    assert str(rejects) in message
    assert [json.loads(line)["text"] for line in rejects.read_text().splitlines()] == [ENGLISH] * 6 + ["", ""]
    assert not (job.out / "respond" / "trial2.parquet").exists()
    again = Model([])
    with pytest.raises(InputError, match="no valid row"):
        make(job, tmp_path, again)
    assert again.calls == []  # the answers are read back, not made again


def test_requests_that_all_outgrow_the_context_say_so(job, tmp_path):
    with pytest.raises(InputError, match=r"8 of 8 answers are too_long.*context"):
        make(job, tmp_path, Model([Completion("", "too_long", 2000, 0)] * 8))


def test_rows_wanted_from_no_request_is_an_error(job, tmp_path):
    with pytest.raises(InputError, match="there is no request"):
        make(job, tmp_path, Model([]), count=0)


def test_ends_of_unknown_meaning_are_counted_by_their_word(job, tmp_path):
    script = [Completion(GOOD[0], "gave up", 1, 1), Completion(GOOD[1], "bored", 1, 1), *GOOD[2:4]]
    script += [Completion(GOOD[4], "gave up", 1, 1), Completion(GOOD[5], "length", 1, 1)]
    kept, rejected, counts = make(job, tmp_path, Model(script), wanted=3, count=6)
    assert list(kept["response"]) == GOOD[2:4]
    assert list(rejected["reason"]) == ["unknown_end", "unknown_end", "unknown_end", "truncated"]
    assert counts["unknown_ends"] == {"bored": 1, "gave up": 2}


def test_requests_of_another_language_or_method_are_refused(tmp_path):
    generate, translate, respond = make_requests(tmp_path)
    assert read_requests(respond, "es")[3]["request_id"] == "r3"
    assert read_requests(generate, "es")[0]["source_prompt"] is None
    with pytest.raises(InputError, match="column 'language' holds other values than 'id'"):
        read_requests(generate, "id")
    generate.rename(translate)
    with pytest.raises(InputError, match="column 'method' holds other values than 'translate'"):
        read_requests(translate, "es")
    respond.rename(tmp_path / "answer.parquet")
    with pytest.raises(InputError, match="named after no method"):
        read_requests(tmp_path / "answer.parquet", "es")


def test_requests_and_numbers_must_be_of_the_same_methods(job, tmp_path):
    paths = make_requests(tmp_path)
    wanted, arguments = dict.fromkeys(DIRECT, 0), functools.partial(argparse.Namespace, language="es")

    def nobody(job):
        return LocalTeacher(job, Model([]))

    with pytest.raises(InputError, match="--wanted: names generate, respond, translate, and --requests gen"):
        run_jobs(arguments(requests=[paths[0], paths[2]], wanted={2: wanted}), [[job]], nobody)
    run_jobs(arguments(requests=paths[:1], wanted={2: {"generate": 0}}), [[job]], nobody)
    assert [path.name for path in job.out.iterdir()] == ["generate"]


@pytest.mark.parametrize(
    ("sampling", "says"),
    [('{"temprature":1,"max_tokens":5}', "'temprature' is unknown"), ('{"temperature":1}', "'max_tokens' is missing")],
)
def test_sampling_settings_come_from_a_closed_set(sampling, says):
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    line = "--teacher t --language es --language-name Spanish --seed 1 --chunk-size 2 --templates a --requests b"
    arguments = parser.parse_args([*line.split(), "--wanted", '{"1": {}}', "--out", "c", "--sampling", sampling])
    with pytest.raises(InputError, match=f"--sampling: {says}"):
        jobs_from(arguments, "chat", None)
