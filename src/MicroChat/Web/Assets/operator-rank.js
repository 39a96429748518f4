// Rankings: K replies to one prompt are put into order by dragging or by keyboard; neighbours may share a place.

import { el, icon, iconButton, replace } from './dom.js';
import { call, stream } from './api.js';
import { announce } from './announce.js';

/** The page under "#rank"; "#rank/ID" begins with that comparison. */
export class RankPage {
  constructor(root, attempt, id) {
    this.root = root;
    this.attempt = attempt;
    this.wanted = id;
    this.abort = new AbortController();
    this.next = null;
  }

  async start() {
    this.arena = el('div.stack');
    this.waiting = el('div.stack');
    replace(this.root, el('div.head', {}, el('h1', {}, 'Rank')), this.promptForm(), this.arena, el('h2', {}, 'Waiting for your ranking'), this.waiting);
    await this.load();
  }

  stop() {
    this.abort.abort();
  }

  async load() {
    const page = await this.attempt(() => call('GET', `/api/operator/comparisons${this.next === null ? '' : `?cursor=${encodeURIComponent(this.next)}`}`));
    if (!page) {
      return;
    }
    this.next = page.next ?? null;
    const items = [...page.items].sort((a, b) => (b.id === this.wanted) - (a.id === this.wanted));
    replace(this.waiting, ...items.map((item) => this.card(item)),
      this.next !== null && el('div', {}, el('button.button', { type: 'button', onclick: () => this.load() }, 'Show others')),
      items.length === 0 && el('p.empty', {}, 'Nothing is waiting. Ask something above, or open an exchange with several replies under Feedback.'));
  }

  promptForm() {
    const prompt = el('textarea.text-input', { rows: 2, id: 'arena-prompt', maxlength: 8000, required: true });
    const count = el('select.text-input.select', { id: 'arena-count' }, ...[2, 3, 4, 6, 8].map((n) => el('option', { value: n, selected: n === 4 }, String(n))));
    const button = el('button.button.primary', { type: 'submit' }, 'Make replies');
    const form = el('form.card.stack', {},
      el('div.field', {}, el('label', { for: prompt.id }, 'A prompt of your own'), prompt,
        el('p.soft.small', {}, 'Your own prompts and the replies to them may be trained on without anybody’s consent.')),
      el('div.row', {}, el('label.row', { for: count.id }, 'Replies'), count, button));
    form.addEventListener('submit', async (event) => {
      event.preventDefault();
      button.disabled = true;
      await this.attempt(() => this.ask(prompt.value, Number(count.value)));
      button.disabled = false;
    });
    return form;
  }

  /** Streams the replies, and offers them for ranking once all are whole. */
  async ask(prompt, count) {
    const replies = new Map();
    let comparison = null;
    const progress = el('p.soft', { role: 'status' }, el('span.spinner', { 'aria-hidden': 'true' }), ' Writing the replies');
    replace(this.arena, progress);
    await stream('/api/operator/arena', { prompt, count }, this.abort.signal, (event) => {
      if (event.event === 'start') {
        comparison = event.comparison;
        event.replies.forEach((reply) => replies.set(reply.id, { ...reply, text: '' }));
      } else if (event.event === 'text') {
        replies.get(event.reply).text += event.text;
      } else if (event.event === 'drop') {
        comparison = null;
      } else if (event.event === 'error') {
        throw new Error(event.message);
      }
    });
    if (comparison === null) {
      replace(this.arena, el('p.empty', {}, 'A reply was empty, so there is nothing to compare. Try again.'));
      return;
    }
    replace(this.arena, this.card({ id: comparison.id, prompt, replies: comparison.shown.map((id) => replies.get(id)) }));
    this.arena.querySelector('.ranking button')?.focus();
  }

  card(item) {
    const ranking = new Ranking(item.replies);
    const node = el('section.card.stack', { 'aria-label': `Ranking: ${item.prompt.slice(0, 80)}` },
      el('div', {}, el('p.said-by.small.soft', {}, 'Prompt'), el('p.text', {}, item.prompt)),
      ranking.node,
      el('p.soft.small', {}, 'Best first. Drag a reply, or use its arrow buttons.'),
      el('div.row', {},
        el('button.button.primary', { type: 'button', onclick: () => this.save(item, ranking.tiers(), node) }, 'Save this order'),
        el('button.button', { type: 'button', onclick: () => this.save(item, [], node) }, 'All are bad')));
    return node;
  }

  async save(item, tiers, node) {
    const saved = await this.attempt(() => call('POST', '/api/operator/rank', { comparison: item.id, tiers }));
    if (saved === null) {
      announce('Ranking saved.');
      replace(node, el('p', { tabindex: -1 }, icon('check'), ' Ranking saved.'));
      node.firstChild.focus();
    }
  }
}

/** An ordered list whose entries can be moved; an entry may share the place of the one before it. */
class Ranking {
  constructor(replies) {
    this.order = replies.map((reply) => ({ reply, tied: false }));
    this.dragged = null;
    this.node = el('ol.ranking');
    this.show();
  }

  /** Ids by place, best first. */
  tiers() {
    const tiers = [];
    this.order.forEach(({ reply, tied }, i) => (tied && i > 0 ? tiers.at(-1).push(reply.id) : tiers.push([reply.id])));
    return tiers;
  }

  show() {
    let place = 0;
    replace(this.node, ...this.order.map((entry, i) => {
      place = entry.tied && i > 0 ? place : i + 1;
      return this.item(entry, i, place);
    }));
  }

  item(entry, i, place) {
    const last = this.order.length - 1;
    const node = el('li', { draggable: 'true', 'data-id': entry.reply.id },
      el('span.place', { 'aria-label': `Place ${place}` }, String(place)),
      el('div', {}, el('p.text', {}, entry.reply.text),
        i > 0 && el('label.switch.tie', {}, el('input', { type: 'checkbox', role: 'switch', checked: entry.tied, onchange: (event) => this.tie(entry, event.target.checked) }),
          el('span.track', { 'aria-hidden': 'true' }), 'As good as the one above')),
      el('div.moves', {},
        iconButton('down', `Move reply ${i + 1} up`, { class: 'up', disabled: i === 0, onclick: () => this.move(i, i - 1, 'up') }),
        iconButton('down', `Move reply ${i + 1} down`, { class: 'down', disabled: i === last, onclick: () => this.move(i, i + 1, 'down') })));
    node.addEventListener('dragstart', (event) => {
      this.dragged = i;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', entry.reply.id);
      node.classList.add('dragging');
    });
    node.addEventListener('dragend', () => {
      this.dragged = null;
      this.show();
    });
    node.addEventListener('dragover', (event) => {
      if (this.dragged !== null) {
        event.preventDefault();
        node.classList.toggle('over', this.dragged !== i);
      }
    });
    node.addEventListener('dragleave', () => node.classList.remove('over'));
    node.addEventListener('drop', (event) => {
      event.preventDefault();
      if (this.dragged !== null) {
        this.move(this.dragged, i, null);
      }
    });
    return node;
  }

  tie(entry, tied) {
    entry.tied = tied;
    const id = entry.reply.id;
    this.show();
    this.node.querySelector(`[data-id="${id}"] input`)?.focus();
  }

  /** Moves an entry and keeps the focus on the button that moved it. */
  move(from, to, direction) {
    const [entry] = this.order.splice(from, 1);
    entry.tied = false;
    this.order.splice(to, 0, entry);
    this.show();
    announce(`Now on place ${to + 1} of ${this.order.length}.`);
    if (direction !== null) {
      const item = this.node.children[to];
      (item.querySelector(`.${direction}:not(:disabled)`) ?? item.querySelector('.moves button:not(:disabled)')).focus();
    }
  }
}
