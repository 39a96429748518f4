// Asks before something is lost.

import { byId } from './dom.js';

/**
 * Shows a question with two answers, the harmless one preselected.
 * @returns {Promise<boolean>} Whether the answer was yes.
 */
export function confirmLoss(heading, text, yes) {
  const dialog = byId('confirm');
  byId('confirm-heading').textContent = heading;
  byId('confirm-text').textContent = text;
  byId('confirm-yes').textContent = yes;
  dialog.returnValue = 'no';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
