// Tells people who listen to the page what has changed.

import { byId } from './dom.js';

/** Has a text read out when the reader is free; the same text twice is read twice. */
export function announce(text) {
  const region = byId('announcer');
  region.textContent = '';
  setTimeout(() => {
    region.textContent = text;
  }, 60);
}
