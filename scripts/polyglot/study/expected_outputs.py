"""Print every output that the workflow makes of a study, a line each: what an audit expects records of."""

import argparse
import json

from polyglot.core.errors import run
from polyglot.study.graph import graph


def main() -> None:
    """Parse the command line, build the graph, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--config", type=json.loads, required=True, help="the study's whole config as JSON")
    parser.add_argument("--target", required=True, help="the rule that gathers all that the study ends with")
    arguments = parser.parse_args()
    outputs = {output for job in graph(arguments.config, [arguments.target]) for output in job.outputs}
    print(*sorted(outputs), sep="\n")


if __name__ == "__main__":
    run(main)
