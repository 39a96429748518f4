// Thumbs under a reply: one current rating per visitor; pressing a thumb again takes it back. A reason is welcome, never required.

import { el, freshId, iconButton } from './dom.js';
import { call } from './api.js';
import { announce } from './announce.js';

/** What may be wrong with a reply; the names are what the server stores. */
const REASONS = [
  ['wrong', 'Not true'], ['unclear', 'Hard to follow'], ['too-long', 'Too long'], ['rude', 'Rude'], ['unsafe', 'Harmful'], ['other', 'Something else'],
];

/**
 * The row of buttons under a reply.
 * @param {import('./conversation.js').Reply} reply Its rating is kept up to date.
 * @param {Array<Node|false>} extras Further buttons of the row.
 */
export function ratingRow(reply, extras) {
  const up = thumb('up-thumb', 'Good reply', 1);
  const down = thumb('down-thumb', 'Bad reply', -1);
  const why = el('button.link-button', { type: 'button', onclick: () => openReason() });
  const problem = el('span.thanks', { role: 'alert' });
  const row = el('div.actions', { role: 'group', 'aria-label': 'Rate this reply' }, up, down, ...extras, why, problem);
  const root = el('div', {}, row);
  show();
  return root;

  function thumb(picture, label, value) {
    return iconButton(picture, label, { 'data-focus': label, 'aria-pressed': 'false', onclick: () => press(value) });
  }

  async function press(value) {
    const taken = reply.rating?.value === value;
    const saved = await save(taken ? null : { value, reason: null, comment: null });
    if (saved && !taken) {
      openReason();
    } else if (saved) {
      closeReason();
    }
  }

  async function save(rating) {
    problem.textContent = '';
    try {
      await call('POST', '/api/rate', { reply: reply.id, value: rating?.value ?? 0, reason: rating?.reason, comment: rating?.comment });
    } catch (error) {
      problem.textContent = `${error.message} The rating was not saved.`;
      return false;
    }
    reply.rating = rating;
    announce(rating === null ? 'Rating taken back.' : 'Rating saved.');
    show();
    return true;
  }

  function show() {
    up.setAttribute('aria-pressed', String(reply.rating?.value === 1));
    down.setAttribute('aria-pressed', String(reply.rating?.value === -1));
    why.hidden = reply.rating === null;
    why.textContent = reply.rating?.reason || reply.rating?.comment ? 'Change the reason' : 'Say why';
  }

  function openReason() {
    closeReason();
    const form = reasonForm(reply.rating, async (rating) => {
      if (await save(rating)) {
        closeReason();
        why.focus();
      }
    }, () => {
      closeReason();
      why.focus();
    });
    root.append(form);
    form.scrollIntoView({ block: 'nearest' });
  }

  function closeReason() {
    root.querySelector('.reason')?.remove();
  }
}

/** Asks for a reason (of a bad reply) and a comment. */
function reasonForm(rating, onSave, onClose) {
  const name = freshId('reason');
  const chips = REASONS.map(([value, label]) => el('label', {},
    el('input', { type: 'radio', name, value, checked: rating.reason === value }), el('span', {}, label)));
  const comment = el('textarea.text-input', { rows: 2, maxlength: 1000, id: `${name}-comment`, placeholder: 'A comment, if you like' });
  comment.value = rating.comment ?? '';
  const form = el('form.reason', { 'aria-label': 'Reason of the rating' },
    rating.value === -1 && el('fieldset', {}, el('legend', {}, 'What was wrong with it?'), el('div.chips', {}, ...chips)),
    el('label', { for: comment.id }, rating.value === -1 ? 'Comment' : 'What was good about it?'), comment,
    el('div.row', {},
      el('button.button.compact.primary', { type: 'submit' }, 'Save'),
      el('button.button.compact', { type: 'button', onclick: onClose }, 'Not now')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    onSave({ value: rating.value, reason: new FormData(form).get(name), comment: comment.value.trim() || null });
  });
  form.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      onClose();
    }
  });
  return form;
}
