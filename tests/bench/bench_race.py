"""How often a race of teachers keeps the best to its end, and what share of the rows it trains on (`make bench`).

Simulated races of each kind. The limit of what is kept holds for all; that of the cost for teachers as far apart as in
the paper, over its six languages together: what can hardly be told apart is not dropped and costs all rounds. Exit code
1 where a target is missed.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from targets import Targets

from polyglot.analysis.race_simulation import Course, races
from polyglot.analysis.simulation import World

RACES, DRAWS = 300, 300
CHEAP = "teachers as far apart as in the paper, six languages together"
COURSES = {
    CHEAP: Course(World(languages=6)),
    "the same, orders that change with the rows": Course(World(languages=6), crossing=0.3),
    "the same, teachers that hardly differ": Course(World(languages=6, effect=0.02, own=0.01)),
    "the same in one language, with the paper's 3,519 items": Course(World(languages=1, items=1173, benchmarks=3)),
}


if __name__ == "__main__":
    targets = Targets()
    for name, course in COURSES.items():
        result = races(course, RACES, DRAWS, seed=1)
        print(f"{name}: {RACES} races; left of {course.world.teachers} teachers at the end {result['left']:.1f}")
        targets.check("  races that keep the best teacher", result["held"], ">=", 0.95)
        limit = 0.4 if name == CHEAP else 2.0
        targets.check("  share of the whole design's rows", result["cost"], "<=", limit)
    sys.exit(0 if targets.met else 1)
