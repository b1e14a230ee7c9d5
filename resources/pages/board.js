"use strict";
// shows what fits the filters; of a chosen language its column alone, the best teacher on top
const filters = [...document.querySelectorAll("#filters select")];
const parts = [...document.querySelectorAll("article")];
const value = name => document.getElementById(name).value;
const columns = part => [...part.querySelectorAll("thead [data-language]")].map(head => head.dataset.language);

function fits(part, language) {
  return ["study", "base", "score"].every(name => !value(name) || part.dataset[name] === value(name))
    && (!language || columns(part).includes(language));
}

function place(row, language) {
  return Number([...row.cells].find(cell => cell.dataset.language === language).dataset.place);
}

function show() {
  const language = value("language");
  let shown = 0;
  for (const part of parts) {
    part.hidden = !fits(part, language);
    if (part.hidden) continue;
    shown += 1;
    for (const cell of part.querySelectorAll("table [data-language]"))
      cell.hidden = language !== "" && cell.dataset.language !== language;
    for (const answer of part.querySelectorAll(".answer"))
      answer.hidden = answer.dataset.language !== (language || "all");
    const body = part.querySelector("tbody");
    body.append(...[...body.rows].sort((a, b) => place(a, language || "all") - place(b, language || "all")));
  }
  document.getElementById("count").textContent =
    shown ? `${shown} of ${parts.length} tables shown.` : "No table fits: choose less.";
}

filters.forEach(filter => filter.addEventListener("change", show));
show();
