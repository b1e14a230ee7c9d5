"""The methods by which rows are made, by who writes them; light to import, so that the workflow can use it."""

ENGLISH = "en"  # the language that prompts and pairs are translated from
DIRECT = ("generate", "translate", "respond")  # a teacher, asked about the seeds as they are
TRANSLATED = ("nllb-both", "nllb-respond")  # seeds that NLLB translates: the pair, or the prompt that a teacher answers
PUBLIC = "public"
GIVEN = "given"  # the rows of one source, which a user or a data set brings; nobody is asked, and no request is made
PAIRED = ("nllb-both", PUBLIC)  # no language model: the pairs of the seeds are the rows
OF_OWN_SEEDS = ("generate", "respond", PUBLIC)  # methods that start from seeds in the language; the others from English
PROMPTED = tuple(method for method in TRANSLATED if method not in PAIRED)  # a teacher answers the translated prompt
METHODS = tuple(sorted({*DIRECT, *TRANSLATED, *PAIRED}))
TRANSLATIONS = ("translate", *TRANSLATED)  # what starts from English: the ways to translate that Figure 6 compares
