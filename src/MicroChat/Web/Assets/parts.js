// Parts that several of the operator's pages are made of.

import { el } from './dom.js';
import { label } from './curves.js';

/** A card with a heading and a tag beside it. */
export function section(title, tag, ...children) {
  return el('section.card.stack', {}, el('div.head', {}, el('h2', {}, title), tag), ...children);
}

/** A table that scrolls by itself where the page is narrow; columns by number that are right-aligned. */
export function table(title, heads, rows, numeric) {
  return el('div.scroll-x', { tabindex: 0, role: 'region', 'aria-label': title ?? heads[0] }, el('table', {},
    el('thead', {}, el('tr', {}, ...heads.map((name, i) => el('th', { scope: 'col', class: numeric.includes(i) ? 'num' : null }, name)))), el('tbody', {}, ...rows)));
}

export const percent = (share) => `${label(Number((100 * share).toFixed(1)))} %`;
