"""A line for each model folder named: the engine's greedy answers to prompts of token ids, and their likelihoods.

One process for all of them, for the engine's imports take longer than a small model.
"""

import json
import sys
from pathlib import Path

from polyglot.core.engine import load_engine


def main() -> None:
    prompts, answer = json.loads(sys.argv[1]), int(sys.argv[2])
    for folder in sys.argv[3:]:
        print(json.dumps(asked(Path(folder), prompts, answer)), flush=True)


def asked(folder, prompts, answer):
    engine = load_engine(folder, dtype="float32", max_model_len=64, seed=1)
    from vllm import SamplingParams, TokensPrompt
    from vllm.distributed import cleanup_dist_env_and_memory

    sampling = SamplingParams(temperature=0, max_tokens=answer, prompt_logprobs=0, ignore_eos=True)
    outputs = engine.generate([TokensPrompt(prompt_token_ids=ids) for ids in prompts], sampling, use_tqdm=False)
    engine.llm_engine.engine_core.shutdown()
    cleanup_dist_env_and_memory()
    places = [zip(output.prompt_logprobs[1:], output.prompt_token_ids[1:], strict=True) for output in outputs]
    return {
        "answers": [list(output.outputs[0].token_ids) for output in outputs],
        "likelihoods": [[place[token].logprob for place, token in prompt] for prompt in places],
    }


if __name__ == "__main__":
    main()
