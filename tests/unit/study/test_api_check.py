"""Conditions between the settings of models behind an API, and their defaults."""

import pytest

from polyglot.core.errors import InputError
from polyglot.study.api_check import family_of, fill_apis

SERVER = {"base_url": "https://a.example/v1", "model": "m"}
PRICED = {"usd_per_million_input_tokens": 1, "usd_per_million_output_tokens": 2, "budget_usd": 3}


def config(**teachers):
    return {"teachers": {name: {"api": api} for name, api in teachers.items()}, "judges": {}}


def test_an_address_and_a_model_are_enough():
    given = config(far=SERVER)
    given["teachers"]["near"] = {"model": "gemma"}
    fill_apis(given, "mine.yaml")
    assert given["teachers"]["far"] == {
        "api": {
            **SERVER,
            "key_env": "POLYGLOT_API_KEY",
            "requests_per_minute": 60,
            "concurrency": 4,
            "timeout_s": 120.0,
            "patience_s": 300.0,
        },
        "licence": "none stated",
        "sampling": {"temperature": 0.8, "top_p": 0.9, "max_tokens": 4096},
    }
    assert given["teachers"]["near"] == {"model": "gemma"}


def test_what_is_given_stays():
    own = {**SERVER, **PRICED, "key_env": "OWN_KEY", "requests_per_minute": 7}
    given = config()
    given["teachers"]["far"] = {"api": own, "licence": "OpenAI", "sampling": {"temperature": 0, "max_tokens": 9}}
    fill_apis(given, "mine.yaml")
    fill_apis(given, "mine.yaml")  # jobs validate it again
    entry = given["teachers"]["far"]
    assert own.items() <= entry["api"].items() and entry["licence"] == "OpenAI" and entry["sampling"]["max_tokens"] == 9


@pytest.mark.parametrize("lacking", PRICED)
def test_prices_and_a_budget_go_together(lacking):
    given = {name: value for name, value in PRICED.items() if name != lacking}
    with pytest.raises(InputError, match=rf"^mine\.yaml: teachers\.far\.api\.{lacking}: missing beside \w+; give both"):
        fill_apis(config(far={**SERVER, **given}), "mine.yaml")


def test_a_key_without_a_name_goes_to_one_server_alone():
    other = {"base_url": "https://b.example/v1", "model": "m"}
    with pytest.raises(InputError, match=r"teachers\.second\.api\.key_env: missing.*that of teachers\.first; name a"):
        fill_apis(config(first=SERVER, second=other), "mine.yaml")
    fill_apis(
        config(first=SERVER, again={**SERVER, "model": "n"}, second={**other, "key_env": "OTHER_KEY"}), "mine.yaml"
    )


def test_a_judge_takes_turns_and_says_its_family_where_there_are_two():
    given = config()
    given["judges"] = {"far": {"api": SERVER, "style": "chat", "family": "Far"}, "near": {"model": "gemma"}}
    given["models"] = {"gemma": {"family": "Gemma"}}
    fill_apis(given, "mine.yaml")
    assert given["judges"]["far"]["api"]["concurrency"] == 4 and "sampling" not in given["judges"]["far"]
    assert (family_of("far", given, "m"), family_of("near", given, "m")) == ("Far", "Gemma")
    del given["judges"]["far"]["family"]
    with pytest.raises(InputError, match=r"^m: judges\.far\.family: missing; name the family"):
        family_of("far", given, "m")
    given["judges"]["far"]["style"] = "few_shot"
    with pytest.raises(InputError, match=r"^m: judges\.far\.style: few_shot is plain text"):
        fill_apis(given, "m")
