"""Settings of the paper that its printed numbers were made with; light to import, so that the workflow can use it."""

STUDENT_BASE = "olmo-3-7b"  # the base whose cells Tables 1, 11 and 12 print
MAIN_RECIPE, MAIN_SIZE = "mix", 10_500  # the paper's main block: equal parts of three methods
BASE_LANGUAGES = ["ar", "de", "id"]  # languages of the paper's comparison of student bases
SEED = 20260413  # of the study `published`; its results do not depend on the study of the run
