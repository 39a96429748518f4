// The field to write in: Enter sends, Shift+Enter starts a line, Esc stops the reply.

import { byId } from './dom.js';

const HINT = 'Enter sends, Shift+Enter starts a line';
const COUNT_FROM = 0.8;

/** The form at the bottom of the page. */
export class Composer {
  /** @param {{send: (text: string) => void, stop: () => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.limit = 8000;
    this.busy = false;
    this.undecided = false;
    this.field = byId('message');
    this.field.addEventListener('input', () => this.show());
    this.field.addEventListener('keydown', (event) => this.onKey(event));
    byId('composer').addEventListener('submit', (event) => {
      event.preventDefault();
      this.submit();
    });
    byId('stop').addEventListener('click', () => actions.stop());
    document.addEventListener('keydown', (event) => {
      if (event.key === 'Escape' && this.busy && !document.querySelector('dialog[open]')) {
        event.preventDefault();
        actions.stop();
      }
    });
    this.show();
  }

  /** @param {boolean} busy A reply is on its way. @param {boolean} undecided Two replies wait for a choice. */
  setState(busy, undecided) {
    const hadFocus = document.activeElement === byId('stop') || document.activeElement === byId('send');
    this.busy = busy;
    this.undecided = undecided;
    byId('send').hidden = busy;
    byId('stop').hidden = !busy;
    this.show();
    if (hadFocus) {
      this.focus();
    }
  }

  focus() {
    this.field.focus();
  }

  /** Puts a message back that was not sent, unless something new was written meanwhile. */
  giveBack(text) {
    if (this.field.value === '') {
      this.field.value = text;
      this.show();
    }
  }

  onKey(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    }
  }

  submit() {
    const text = this.field.value;
    if (!this.canSend()) {
      return;
    }
    this.field.value = '';
    this.show();
    this.actions.send(text);
  }

  canSend() {
    const { length } = this.field.value;
    return !this.busy && !this.undecided && this.field.value.trim() !== '' && length <= this.limit;
  }

  show() {
    this.field.style.height = 'auto';
    this.field.style.height = `${this.field.scrollHeight}px`;
    byId('send').disabled = !this.canSend();
    byId('composer-hint').textContent = this.hint();
  }

  hint() {
    const { length } = this.field.value;
    if (this.undecided) {
      return 'Choose a reply to go on';
    }
    if (this.busy) {
      return 'Esc stops the reply';
    }
    return length > this.limit * COUNT_FROM ? `${length.toLocaleString()} of ${this.limit.toLocaleString()} characters` : HINT;
  }
}
