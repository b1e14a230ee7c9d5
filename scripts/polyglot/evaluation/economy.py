"""lm-eval's vLLM model, with fewer forward passes for the same numbers."""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyglot.core.accelerators import check_cards
from polyglot.core.context import within_own
from polyglot.core.control_tokens import MARK, PLAIN, as_text, marking, turns_as_text, unmarked
from polyglot.core.engine import CPU_BLOCK, check_model, prepare_environment, scoring, share_beginning
from polyglot.core.errors import InputError

if TYPE_CHECKING:
    from lm_eval.api.model import LM


class Economy:
    """Mixin over lm-eval's vLLM model: the same numbers with less work, and no silent truncation of prompts.

    lm-eval sends every option as its own prompt and has vLLM compute the probability of each token of that prompt over
    the whole vocabulary. If all options are single tokens, the same numbers are the probabilities of the next token:
    one forward pass per item. Shots are computed once, before the prompts that begin with them, and then come from the
    engine's cache. A prompt that does not fit is an error; lm-eval would cut its beginning. Where the model's own
    context is shorter than the study's, its options have a likelihood of −∞ instead, by which the item is left out.

    No text of an item becomes a control token: where prompts are `rendered`, those of the chat template are the only
    ones; elsewhere there are none.
    """

    rendered = False
    allowed: int | None = None  # tokens of the study; None: those of the model

    def apply_chat_template(self, chat_history: list[dict[str, str]], add_generation_prompt: bool = True) -> str:
        if not self.tokenizer.chat_template:
            raise InputError(
                "protocol chat: the model has no chat template; name one as its chat_template in the config"
            )
        return super().apply_chat_template(turns_as_text(self.tokenizer, chat_history), add_generation_prompt)

    def tok_encode(self, string: Any, add_special_tokens: bool | None = None, **settings: Any) -> Any:
        if not self.rendered:
            return super().tok_encode(string, add_special_tokens, **settings, **PLAIN)
        texts = [string] if isinstance(string, str) else list(string)
        if not any(MARK in text for text in texts):
            return super().tok_encode(string, add_special_tokens, **settings)
        self.tokenizer = marking(self.tokenizer)
        encoded = super().tok_encode(texts, add_special_tokens, **settings)
        kept = [[ids[place] for place in unmarked(ids, self.tokenizer)] for ids in encoded]
        return kept[0] if isinstance(string, str) else kept

    def _encode_pair(self, context: str, continuation: str) -> tuple[list[int], list[int]]:
        # lm-eval moves white space from the end of a prompt to the option. A chat template ends its prompt with a line
        # break, which is no part of any option: after it a letter is one token, as after the cue of plain text
        if self.rendered:
            continuation = as_text(self.tokenizer, continuation)
        tokens = self.tok_encode(context)
        return tokens, self.tok_encode(context + continuation)[len(tokens) :]

    def _loglikelihood_tokens(self, requests: list[tuple], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        fits = [self.holds(len(context) + len(option)) for _, context, option in requests]
        fitting = [request for request, is_held in zip(requests, fits, strict=True) if is_held]
        answers = iter(self._of_fitting(fitting, disable_tqdm) if fitting else ())
        return [next(answers) if is_held else (-math.inf, False) for is_held in fits]

    def _of_fitting(self, requests: list[tuple], disable_tqdm: bool) -> list[tuple[float, bool]]:
        from vllm import SamplingParams

        if any(len(option) != 1 for _, _, option in requests):
            return super()._loglikelihood_tokens(requests, disable_tqdm=disable_tqdm)
        options: dict[tuple[int, ...], set[int]] = {}
        for _, context, (token,) in requests:
            options.setdefault(tuple(context), set()).add(token)
        contexts = sorted(options)  # those that begin alike follow one another, while the engine has their beginning
        settings = [
            SamplingParams(temperature=0, max_tokens=1, detokenize=False, logprob_token_ids=sorted(options[context]))
            for context in contexts
        ]
        outputs = self._model_generate([list(context) for context in contexts], generate=True, sampling_params=settings)
        completions = {context: output.outputs[0] for context, output in zip(contexts, outputs, strict=True)}
        answers = []
        for _, context, (token,) in requests:
            completion = completions[tuple(context)]
            answers.append((completion.logprobs[0][token].logprob, completion.token_ids[0] == token))
        return answers

    def generate_until(self, requests: list, disable_tqdm: bool = False) -> list[str]:
        arguments = [request.args for request in requests]
        prompts = self.tok_encode([text for text, _ in arguments])
        self.refuse_longer(max(map(len, prompts)) + max(settings["max_gen_toks"] for _, settings in arguments))
        share_beginning(self.model, prompts)
        return super().generate_until(requests, disable_tqdm=disable_tqdm)

    def holds(self, tokens: int) -> bool:
        """Whether `tokens` fit; not where the own context is too short. Raises InputError where the study's is."""
        if tokens >= self.max_length and self.max_length < (self.allowed or 0):
            return False
        self.refuse_longer(tokens)
        return True

    def refuse_longer(self, tokens: int) -> None:
        """Raise InputError if `tokens` do not fit into the model's context."""
        if tokens >= self.max_length:
            raise InputError(f"a prompt and its answer take {tokens} tokens; raise --max-model-len {self.max_length}")


def load_model(model: Path, *, dtype: str, max_model_len: int, gpus: int, seed: int) -> "LM":
    """Load a model folder as lm-eval's vLLM model, in this process. `gpus` is the tensor-parallel width, 0 the CPU.

    Its context has `max_model_len` tokens, or those of the model's own if that is shorter.
    """
    check_model(model)
    prepare_environment()
    check_cards(gpus)
    from lm_eval.models.vllm_causallms import VLLM

    class Model(Economy, VLLM):
        allowed = max_model_len

    return Model(
        pretrained=str(model),
        dtype=dtype,
        # logits of bfloat16 have 8 significant bits, so that options tie: their product is taken in float32
        hf_overrides={"head_dtype": "float32"},
        max_model_len=within_own(model, max_model_len),
        seed=seed,
        enable_thinking=False,  # a chat template that can ask for thoughts before an answer would leave no room for it
        tensor_parallel_size=max(gpus, 1),
        enforce_eager=gpus == 0,
        disable_log_stats=True,
        batch_size="auto",
        **scoring(gpus),
        **({} if gpus else {"block_size": CPU_BLOCK}),
    )
