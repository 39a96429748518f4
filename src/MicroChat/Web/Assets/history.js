// The list of earlier conversations.

import { ago, byId, el, iconButton, replace } from './dom.js';
import { call } from './api.js';
import { confirmLoss } from './confirm.js';
import { announce } from './announce.js';

/** Loads and shows the list; knows nothing about what is in a conversation. */
export class History {
  /** @param {{open: (id: string) => void, removed: (id: string) => void, failed: (error: Error) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.current = null;
    this.items = [];
  }

  /** Fetches the list again. */
  async refresh() {
    try {
      this.items = (await call('GET', '/api/conversations')).conversations;
      this.show();
    } catch (error) {
      this.actions.failed(error);
    }
  }

  /** Marks the conversation that is on the screen; null: none of them. */
  setCurrent(id) {
    this.current = id;
    this.show();
  }

  show() {
    byId('history-empty').hidden = this.items.length > 0;
    replace(byId('history'), ...this.items.map((item) => this.entry(item)));
  }

  entry(item) {
    const current = item.id === this.current;
    const node = el('li', {},
      el('button.open', { type: 'button', 'aria-current': current && 'true', onclick: () => this.actions.open(item.id) },
        el('span', {}, item.title), el('span.when', {}, ago(item.updated))),
      iconButton('trash', `Delete “${item.title}”`, { onclick: () => this.remove(item) }));
    node.classList.toggle('current', current);
    return node;
  }

  async remove(item) {
    const sure = await confirmLoss('Delete this conversation?', `“${item.title}”, its replies and your ratings of them will be removed for good.`, 'Delete');
    if (!sure) {
      return;
    }
    try {
      await call('DELETE', `/api/conversations/${encodeURIComponent(item.id)}`);
    } catch (error) {
      this.actions.failed(error);
      return;
    }
    this.items = this.items.filter((other) => other !== item);
    this.show();
    announce('Conversation deleted.');
    this.actions.removed(item.id);
  }
}
