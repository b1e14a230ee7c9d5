"""Tables set by a real LaTeX, in one document."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

DOCUMENT = r"""\documentclass{article}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


def set_tables(tables: Iterable[Path], folder: Path, engine: str = "lualatex") -> str:
    """What `engine` says of a document of these tables, a page each; its first error fails the test.

    pdflatex is what most papers are set with and reads Latin letters alone. LuaLaTeX reads those of every script.
    """
    program = shutil.which(engine)
    assert program, f"{engine} is not installed: apt-get install texlive-latex-recommended"
    folder.mkdir(parents=True, exist_ok=True)
    pages = [rf"\input{{{table.resolve()}}}\clearpage" for table in tables]
    (folder / "tables.tex").write_text(DOCUMENT % "\n".join(pages), encoding="utf-8")
    command = [program, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "tables.tex"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, timeout=120)
    said = ended.stdout.decode("utf-8", "replace")
    assert ended.returncode == 0, said[-2000:]
    return said
