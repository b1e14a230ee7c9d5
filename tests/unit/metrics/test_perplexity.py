"""Perplexity: which tokens are scored under each chat template, and the arithmetic against hand-worked numbers."""

import math
from types import SimpleNamespace

import pandas as pd
import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

from polyglot.core.errors import InputError
from polyglot.core.identity import content_id
from polyglot.metrics import perplexity_rows
from polyglot.metrics.one_shot import Pair
from polyglot.metrics.perplexity import row_perplexities, summarise
from polyglot.metrics.perplexity_rows import check_template, chosen, encode, mean_rank, negative_log_likelihood
from tests.conftest import ROOT

TEMPLATES = ROOT / "resources" / "chat_templates"
PLAIN = (  # no special token at either seam, so that tokens merge across both
    "{% for message in messages %}{% if message['role'] == 'user' %}Q: {{ message['content'] }} A: "
    "{% else %}{% generation %}{{ message['content'] }}.{% endgeneration %}{% endif %}{% endfor %}"
)
PAIRS = [
    ("¿Cuántas son dos más dos?", "Son cuatro: 2 + 2 = 4."),
    ("Apa ibu kota Indonesia?", "Ibu kotanya Jakarta,\n\n  sejak dulu."),
    ("人工知能とは何ですか。", "機械を作る🙂科学です。"),
    ("ما عاصمة مصر؟", "القاهرة هي العاصمة."),
    ("Kolik je hodin?", "Je půl páté odpoledne."),
    ("Wie heißt du?", "Ich heiße Jürgen."),
    ("한국의 수도는?", "서울입니다."),
]
BOS, START, END = "<bos>", "<|im_start|>", "<|im_end|>"


def make_tokenizer(template):
    """A byte-level BPE tokenizer trained on a few sentences, with both templates' special tokens."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    special = [BOS, START, END, "<start_of_turn>", "<end_of_turn>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(
        ["A: yes. A: yes. A: yes. A: yes."] * 9 + [two for item in PAIRS for two in item], trainer
    )
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in special])
    wrapped = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token=BOS, eos_token=END)
    wrapped.chat_template = template
    return wrapped


@pytest.fixture(scope="module", params=["smollm2.jinja", "gemma-3.jinja"])
def chat(request):
    return make_tokenizer((TEMPLATES / request.param).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("prompt", "response"), PAIRS)
def test_exactly_the_tokens_of_the_response_are_scored(chat, prompt, response):
    ids, positions = encode(chat, prompt, response)
    assert chat.decode([ids[position] for position in positions]) == response
    assert positions == list(range(positions[0], positions[-1] + 1))
    assert chat.decode(ids[: positions[0]]).endswith(("assistant\n", "model\n"))
    assert ids[positions[-1] + 1] in chat.convert_tokens_to_ids([END, "<end_of_turn>"])


def test_the_row_is_formatted_as_the_template_says():
    tokenizer = make_tokenizer((TEMPLATES / "gemma-3.jinja").read_text(encoding="utf-8"))
    ids, _ = encode(tokenizer, "hola", "sí")
    assert tokenizer.decode(ids) == (
        "<bos><start_of_turn>user\nhola<end_of_turn>\n<start_of_turn>model\nsí<end_of_turn>\n"
    )
    assert ids.count(tokenizer.bos_token_id) == 1


def test_a_prompt_that_holds_the_response_is_not_scored(chat):
    ids, positions = encode(chat, "Di: sí, claro", "sí, claro")
    assert chat.decode([ids[position] for position in positions]) == "sí, claro"
    assert "sí, claro" in chat.decode(ids[: positions[0]])


def test_after_a_row_that_is_shown_the_same_tokens_of_the_answer_are_scored_and_none_of_the_row(chat):
    alone, own = encode(chat, "¿Río?", "El Ebro")
    ids, positions = encode(chat, "¿Río?", "El Ebro", [Pair("¿Mar?", "El Ebro no")])
    assert [ids[place] for place in positions] == [alone[place] for place in own]
    assert chat.decode(ids).index("El Ebro no") < chat.decode(ids).index("¿Río?")
    assert (
        chat.decode(ids[: positions[0]]).count("assistant\n") + chat.decode(ids[: positions[0]]).count("model\n") == 2
    )


def test_an_empty_response_has_no_positions(chat):
    assert encode(chat, "hola", "")[1] == []
    assert encode(chat, "hola", " \n")[1] == []


def test_tokens_that_merge_across_a_seam_are_found_where_counting_prompt_tokens_fails():
    tokenizer = make_tokenizer(PLAIN)
    ids, positions = encode(tokenizer, "ok?", "yes")
    header = len(tokenizer("Q: ok? A: ", add_special_tokens=False)["input_ids"])
    tokens = [tokenizer.decode([item]) for item in ids]
    assert "".join(tokens) == "Q: ok? A: yes."
    assert positions[0] < header  # the first scored token also holds the header's blank
    assert "yes" in "".join(tokens[position] for position in positions)
    assert "Q" not in "".join(tokens[position] for position in positions)


def test_a_template_without_generation_marks_is_refused():
    tokenizer = make_tokenizer("{% for message in messages %}{{ message['content'] }}{% endfor %}")
    with pytest.raises(InputError, match="models/x: its chat template has no"):
        check_template(tokenizer, "models/x")
    tokenizer.chat_template = None
    with pytest.raises(InputError, match="generation"):
        check_template(tokenizer, "models/x")
    check_template(make_tokenizer("{%- generation -%}{%- endgeneration -%}"), "models/x")


def test_a_template_that_changes_the_response_is_refused():
    tokenizer = make_tokenizer(PLAIN.replace("message['content'] }}.", "message['content'] | upper }}."))
    with pytest.raises(InputError, match="changes the response"):
        encode(tokenizer, "ok?", "yes")


def test_bos_written_twice_is_refused():
    tokenizer = make_tokenizer("{{ bos_token }}{{ bos_token }}" + PLAIN)
    with pytest.raises(InputError, match="BOS token is written twice"):
        encode(tokenizer, "ok?", "yes")


def test_the_log_probability_of_the_row_s_own_token_is_taken_not_the_likeliest():
    def entry(logprob):
        return SimpleNamespace(logprob=logprob)

    logprobs = [None, {9: entry(-0.1), 5: entry(-2.5)}, {7: entry(-0.25)}]
    assert chosen([3, 5, 7], logprobs) == [0.0, -2.5, -0.25]


def test_likelihood_of_a_toy_list():
    # tokens of probability 1/2, 1/4, 1/8: NLL = ln 64, per token ln 4, perplexity 4
    logprobs = [0.0, -7.0, math.log(1 / 2), math.log(1 / 4), math.log(1 / 8), -9.0]
    nll = negative_log_likelihood(logprobs, [2, 3, 4], "r")
    assert nll == pytest.approx(math.log(64), abs=1e-15)
    assert row_perplexities([nll], [3]) == [pytest.approx(4)]


def test_prompt_and_padding_never_count():
    inside = [-1.0, -2.0]
    bare = negative_log_likelihood([0.0, *inside], [1, 2], "r")
    padded = negative_log_likelihood([0.0, -50.0, -60.0, *inside, -70.0, -80.0], [3, 4], "r")
    assert bare == padded == 3.0


@pytest.mark.parametrize("bad", [math.nan, -math.inf])
def test_a_probability_that_is_no_number_is_an_error_that_names_the_row(bad):
    with pytest.raises(InputError, match="row r7"):
        negative_log_likelihood([0.0, bad], [1], "r7")


def test_a_row_whose_probability_is_no_number_is_one_row_without_score(chat, monkeypatch):
    pairs = pd.DataFrame({"text_id": list("abc"), "prompt": "hola", "response": ["sí", "no", "sí, no"]})
    pairs["language"] = ["es", "es", None]  # no teacher is screened by the third
    bad = iter([-math.inf, -0.5, -0.5, -0.25])  # infinite, unlike NaN, would stay a number; then without the prompt
    monkeypatch.setattr("transformers.AutoTokenizer.from_pretrained", lambda model: chat)
    monkeypatch.setattr(perplexity_rows, "_engine", lambda args: None)
    asked = []

    def answers(engine, rows):
        asked.append(" ".join(chat.decode(ids) for ids in rows))
        return [answer(ids, next(bad)) for ids in rows]

    monkeypatch.setattr(perplexity_rows, "answers", answers)
    scored = perplexity_rows.likelihoods(SimpleNamespace(model="m", max_model_len=400), pairs, {})
    known = scored[["nll", "rank", "alone_nll"]].notna().values.tolist()
    assert known == [[False] * 3, [True] * 3, [True, True, False]]
    assert scored["one_shot_gain"].isna().all()  # nobody's answers to be shown before
    assert scored["nll"][1] == 0.5 * scored["tokens"][1]
    assert (scored["rank"][1], scored["alone_nll"][1]) == (7, 0.25)
    assert ["hola" in texts for texts in asked] == [True, False]


def test_the_rows_that_are_screened_by_have_the_language_of_their_table(tmp_path):
    for name, responses in (("es", ["sí", "no"]), ("ko", ["네"])):
        pd.DataFrame({"prompt": "¿?", "response": responses}).to_parquet(tmp_path / f"{name}.parquet")
    languages = perplexity_rows.screened_languages([f"{name}={tmp_path}/{name}.parquet" for name in ("es", "ko")])
    assert languages == {content_id("¿?", "sí"): "es", content_id("¿?", "no"): "es", content_id("¿?", "네"): "ko"}
    with pytest.raises(InputError, match=r"--screened es\.parquet: write LANGUAGE=PATH"):
        perplexity_rows.screened_languages(["es.parquet"])


def answer(ids, logprob):
    """What the engine says of a sequence if each of its tokens has one log probability and is the seventh likeliest."""
    return [None, *({token: SimpleNamespace(logprob=logprob, rank=7)} for token in ids[1:])]


def test_the_same_tokens_are_scored_without_the_prompt(chat):
    ids, positions = encode(chat, "¿Cuántas son dos más dos?", "Son cuatro.")
    alone, own = encode(chat, "", "Son cuatro.")
    assert [ids[position] for position in positions] == [alone[position] for position in own]
    assert "dos" in chat.decode(ids) and "dos" not in chat.decode(alone)


def test_a_rank_is_that_of_the_row_s_own_token_and_ends_at_a_hundred():
    ranks = [None, *({token: SimpleNamespace(rank=rank)} for token, rank in ((5, 1), (7, 9), (8, 48_000)))]
    assert mean_rank([3, 5, 7, 8], ranks, [2, 3]) == (9 + 100) / 2


def test_figures_by_hand():
    # per-row perplexities 2, 8, 32 (one token, one token, two tokens) and one row that cannot be scored
    nll = [math.log(2), math.log(8), None, 2 * math.log(32)]
    figures = summarise(nll, [1, 1, 0, 2])
    assert figures["perplexity"] == pytest.approx((2 + 8 + 32) / 3)
    assert figures["median"] == pytest.approx(8)
    assert figures["token_weighted"] == pytest.approx((2 * 8 * 32**2) ** (1 / 4))  # 14 bits over 4 tokens: 2**3.5
    assert figures["token_weighted"] == pytest.approx(2**3.5)
    assert (figures["rows"], figures["unscorable"]) == (4, 1)
    assert row_perplexities(nll, [1, 1, 0, 2])[2] is None


def test_each_row_has_its_own_value_whatever_rows_stand_beside_it():
    nll, tokens = [1.0, 20.0, 3.5, 0.7, 9.0], [2, 5, 3, 1, 30]
    together = row_perplexities(nll, tokens)
    assert together == [row_perplexities([item], [count])[0] for item, count in zip(nll, tokens, strict=True)]
    assert len(set(together)) == 5
    assert summarise(nll, tokens) == summarise(nll[::-1], tokens[::-1])


def test_no_scorable_row_is_an_error():
    with pytest.raises(InputError, match="none of 2 rows"):
        summarise([None, None], [0, 900])
    with pytest.raises(InputError, match="none of 0 rows"):
        summarise([], [])
