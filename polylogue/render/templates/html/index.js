"use strict";
// Shows the conversations in which every word that was typed stands, in the title or the first words.
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
const texts = JSON.parse(document.getElementById("texts").textContent);
const rows = Array.from(document.getElementById("list").children, (row, i) => {
  return { row, text: texts[i], searched: null, extract: null };
});
const found = document.getElementById("found");
const field = document.getElementById("words");

const extract = (text, word) => {
  const at = Math.max(0, text.toLowerCase().indexOf(word) - 60);
  return (at ? "… " : "") + text.slice(at, at + 180) + (text.length > at + 180 ? " …" : "");
};

const find = () => {
  const words = plain(field.value).split(/\s+/).filter(Boolean);
  let count = 0;
  for (const each of rows) {
    if (words.length) each.searched ??= plain(each.row.textContent + " " + each.text);
    const shown = words.every((word) => each.searched.includes(word));
    each.row.hidden = !shown;
    count += shown;
    each.extract?.remove();
    each.extract = null;
    if (shown && words.length && each.text && count <= 50) {
      each.extract = document.createElement("p");
      each.extract.textContent = extract(each.text, words[0]);
      each.row.append(each.extract);
    }
  }
  const what = count === 1 ? " conversation" : " conversations";
  found.textContent = count.toLocaleString("en") + what;
};

field.addEventListener("input", find);
document.querySelector("search").hidden = false;
if (location.hash.length > 1) {
  try { field.value = decodeURIComponent(location.hash.slice(1)); } catch { /* no words */ }
}
find();
