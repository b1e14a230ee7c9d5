# What the report and the samples share: pages in words, captions, cells that are shown. Nothing is made here.
CLAIMS = "Claims and anchors"
COSTS = "Run times and costs"


def stages():
    """(rule, stage), in the order in which data flows: the stage is the rule's file."""
    return [(rule.name, Path(rule.snakefile).stem) for rule in workflow.rules if rule.shellcmd]


def in_words(study):
    """The tables and pages of a study in Markdown."""
    return tables_of(study) + [f"results/{study}/statistics/statistics.md"] + reports_of(study)


def shown(study):
    """What captions print of a study: its main cells and its seed."""
    return {name: value for name, value in MAIN[study].items() if name != "families"}


def pages_of(study):
    """The same pages in HTML, each marked for the report."""
    pages = []
    for markdown in in_words(study):
        name = Path(markdown).stem
        number = name.removeprefix("table_")
        table = {"table": number, "shows": SHOWS[f"Table {int(number)}"]} if number != name else {}
        caption = f"../resources/captions/{'tables' if table else name}.rst"
        category = "Tables" if table else CLAIMS
        labels = {**(table or {"page": name}), "study": study}
        file = f"results/{study}/pages/{name}.html"
        pages.append(report(file, caption=caption, category=category, labels=labels))
    return pages


def audit_page(study):
    """The audit's page, marked for the report, where there is one."""
    page = f"results/{study}/audit/index.html"
    labels = {"page": "what the audit found", "study": study}
    marked = report(page, caption="../resources/captions/audit.rst", category="Audit", labels=labels)
    return [marked] if Path(page).is_file() else []


def sampled_cells(wildcards):
    """The cells whose rows are sampled: the main ones of a teacher and language, or all where none is main."""
    own = [cell for cell in DESIGN.cells if (cell.teacher, cell.language) == (wildcards.teacher, wildcards.language)]
    main = [cell for cell in own if (cell.recipe, cell.size) == (MAIN[STUDY]["recipe"], MAIN[STUDY]["size"])]
    cells = {}
    for cell in main or own:  # one cell a data set, of the main student base where that has it
        if cell.data not in cells or cell.student_base == MAIN[STUDY]["base"]:
            cells[cell.data] = cell
    return [cells[data] for data in sorted(cells)]


def of_samples(pattern):
    """An input: `pattern` filled for each sampled cell."""
    return lambda wildcards: [pattern.format(study=STUDY, **cell._asdict()) for cell in sampled_cells(wildcards)]
