// The search: all headings of all pages, and the text below each. It is fetched when somebody first searches.
'use strict';

const search = document.getElementById('search');
const sought = document.getElementById('sought');
const found = document.getElementById('found');
const SHOWN_MAX = 20;
let places;

function words(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

// The name counts more than the text; -1 if a word is nowhere.
function weight(place, wanted) {
  const [name, text] = [place.name.toLowerCase(), place.text.toLowerCase()];
  let sum = 0;
  for (const word of wanted) {
    if (name.includes(word)) sum += name === word ? 8 : name.startsWith(word) ? 4 : 2;
    else if (text.includes(word)) sum += 1;
    else return -1;
  }
  return sum;
}

// Some words around the first one that is wanted.
function extract(text, wanted) {
  const at = Math.max(0, ...wanted.slice(0, 1).map((word) => text.toLowerCase().indexOf(word)));
  const from = at < 60 ? 0 : text.indexOf(' ', at - 60) + 1;
  return (from > 0 ? '… ' : '') + text.slice(from, from + 140);
}

function link(place, wanted) {
  const a = document.createElement('a');
  a.href = place.at;
  a.textContent = place.name;
  const span = document.createElement('span');
  span.textContent = `${place.page}: ${extract(place.text, wanted)}`;
  a.append(span);
  return a;
}

function show(wanted) {
  const ranked = places
    .map((place) => [weight(place, wanted), place])
    .filter(([sum]) => sum > 0)
    .sort(([a], [b]) => b - a)
    .slice(0, SHOWN_MAX);
  const nothing = document.createElement('p');
  nothing.textContent = 'Nothing has all these words.';
  found.replaceChildren(...(ranked.length ? ranked.map(([, place]) => link(place, wanted)) : [nothing]));
}

async function look() {
  const wanted = words(sought.value);
  found.hidden = wanted.length === 0;
  if (found.hidden) return;
  try {
    places ??= await (await fetch('/docs/assets/search.json')).json();
    // Somebody may have gone on writing.
    show(words(sought.value));
  } catch {
    found.textContent = 'The search does not answer. Try again.';
  }
}

function close() {
  found.hidden = true;
}

search.hidden = false;
sought.addEventListener('input', look);
sought.addEventListener('focus', look);
found.addEventListener('click', close);
document.addEventListener('click', (event) => search.contains(event.target) || close());
document.addEventListener('keydown', (event) => {
  const writes = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName);
  if (event.key === 'Escape') close();
  if (event.key === '/' && !writes) {
    event.preventDefault();
    sought.focus();
  }
  const links = [...found.querySelectorAll('a')];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (found.hidden || !links.length || !step || !search.contains(document.activeElement)) return;
  event.preventDefault();
  const next = links.indexOf(document.activeElement) + step;
  (next < 0 ? sought : links[Math.min(next, links.length - 1)]).focus();
});
