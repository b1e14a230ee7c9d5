"""Make a teacher's synthetic rows of one language and trial over an OpenAI-compatible API.

Reads the request tables and the chat prompts, as generate.py does, and the key from the environment variable that
`key_env` names. Writes the same tables for the same three methods; the counts hold what the answers cost. The program
stops before the next chunk could exceed `budget_usd`, which holds for all jobs of the teacher (the folders beside OUT)
and all their runs together. Each answer lies in OUT/{method}/trial{n}.paid.jsonl as soon as it comes, and stays: a run
that stopped goes on from it, and one that makes the rows again pays for nothing twice.
"""

import argparse
import json

from polyglot.core.errors import run
from polyglot.synthesis.api_settings import read_api
from polyglot.synthesis.batch_api import BatchTeacher
from polyglot.synthesis.chat_api import ApiTeacher
from polyglot.synthesis.synthesise import add_arguments, jobs_from, run_jobs


def main() -> None:
    """Parse the command line and make the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--api", type=json.loads, required=True, help="JSON object: server, model, limits and prices")
    parser.add_argument(
        "--max-characters",
        type=int,
        help="longest prompt or response of a JSON answer; leave out where the server knows no limits in a schema",
    )
    add_arguments(parser)
    arguments = parser.parse_args()
    api = read_api(arguments.api)
    jobs = jobs_from(arguments, "chat", arguments.max_characters, api.base_url, api.model)
    methods = [path.stem for path in arguments.requests]
    teacher = BatchTeacher if api.batch else ApiTeacher
    run_jobs(arguments, [[job] for job in jobs], lambda job: teacher(api, arguments.sampling, job, methods))


if __name__ == "__main__":
    run(main)
