// Shows one turn: what the visitor said, and the reply, or two candidates side by side.

import { el, generationName, icon, iconButton, replace } from './dom.js';
import { render } from './markdown.js';
import { isOpen } from './conversation.js';
import { ratingRow } from './rating.js';

const FINISHES = {
  length: 'The reply reached its longest allowed length.',
  stopped: 'You stopped the reply here.',
  interrupted: 'The reply was cut off here.',
};

/** A turn on the screen. */
export class TurnView {
  /**
   * @param {object} turn
   * @param {{retry: Function, choose: Function, resend: Function}} actions What its buttons do; each gets the turn.
   */
  constructor(turn, actions) {
    this.turn = turn;
    this.actions = actions;
    this.node = el('article.turn');
    this.bodies = new Map();
    this.isLast = false;
    this.busy = false;
    this.update();
  }

  /** Says whether it is the newest turn and whether a reply is on its way; both change what can be done. */
  setPlace(isLast, busy) {
    if (this.isLast !== isLast || this.busy !== busy) {
      this.isLast = isLast;
      this.busy = busy;
      this.update();
    }
  }

  /** Builds everything anew; for when more changed than a reply's text. */
  update() {
    const { turn } = this;
    const pair = isOpen(turn) && turn.replies.length > 1;
    const focused = this.node.contains(document.activeElement) ? document.activeElement.dataset?.focus : null;
    this.bodies.clear();
    this.node.classList.toggle('wide', pair);
    this.node.setAttribute('aria-label', `Turn: ${turn.message.slice(0, 80)}`);
    replace(
      this.node,
      turn.dropped > 0 && this.notice(),
      el('div.said', {}, el('h2.speaker', {}, 'You'), el('div.bubble', {}, turn.message)),
      pair ? this.pair() : this.single(),
      turn.failure && this.failure(),
    );
    if (focused) {
      this.node.querySelector(`[data-focus="${focused}"]`)?.focus();
    }
  }

  /** Shows what was added to one reply. */
  grow(reply) {
    const body = this.bodies.get(reply.id);
    if (body) {
      this.fillBody(body, reply);
    }
  }

  notice() {
    const { dropped } = this.turn;
    return el('p.notice', { role: 'note' },
      dropped === 1
        ? 'The oldest turn no longer fits into the model’s memory; from here on it does not see it.'
        : `The oldest ${dropped} turns no longer fit into the model’s memory; from here on it does not see them.`);
  }

  /** The reply from which the conversation goes on; while another try is awaited, a line says so. */
  single() {
    const { turn } = this;
    const reply = turn.replies.find((other) => other.id === turn.chosen);
    return el('div', {},
      reply && this.reply(reply, 'MicroChat'),
      reply && reply.finish !== null && !turn.waiting && this.actionsRow(reply),
      turn.waiting && el('p.waiting', {}, el('span.spinner', { 'aria-hidden': 'true' }), waitingText(turn.queue)));
  }

  reply(reply, name) {
    const body = el('div.prose');
    this.bodies.set(reply.id, body);
    const node = el('div.reply', { 'data-reply': reply.id },
      el('h2.speaker', {}, name, el('span.generation', {}, ` · ${generationName(reply.generation)}`)),
      body,
      FINISHES[reply.finish] && el('p.ended', {}, FINISHES[reply.finish]));
    node.classList.toggle('streaming', reply.finish === null);
    this.fillBody(body, reply);
    return node;
  }

  fillBody(body, reply) {
    replace(body, reply.text === '' && reply.finish === null ? el('p', { 'aria-label': 'Thinking' }) : render(reply.text));
  }

  actionsRow(reply) {
    const { turn } = this;
    const extras = [
      iconButton('copy', 'Copy the reply', { onclick: (event) => copy(event.currentTarget, reply.text), 'data-focus': 'copy' }),
      this.isLast && iconButton('retry', 'Try again and compare', { disabled: this.busy, onclick: () => this.actions.retry(turn), 'data-focus': 'retry' }),
      turn.replies.length > 1 && this.pager(reply),
    ];
    return ratingRow(reply, extras);
  }

  /** Leafs through the candidates; in the newest turn the one that is shown is the one to go on from. */
  pager(reply) {
    const { turn } = this;
    const at = turn.replies.indexOf(reply);
    const to = (step) => () => {
      turn.chosen = turn.replies[at + step].id;
      this.update();
    };
    return el('span.pager', { role: 'group', 'aria-label': 'Candidates' },
      iconButton('left', 'Earlier candidate', { disabled: at === 0, onclick: to(-1), 'data-focus': 'earlier' }),
      el('span', {}, `${at + 1} of ${turn.replies.length}`),
      iconButton('right', 'Later candidate', { disabled: at === turn.replies.length - 1, onclick: to(1), 'data-focus': 'later' }));
  }

  pair() {
    const { turn } = this;
    const find = (id) => turn.replies.find((reply) => reply.id === id);
    const sides = [['left', 'Reply A'], ['right', 'Reply B']].map(([side, name], i) => ({ side, name, reply: find(turn.comparison.shown[i]) }));
    const ready = sides.every(({ reply }) => reply.finish !== null) && !this.busy;
    const choose = (choice) => () => this.actions.choose(turn, choice);
    const cards = sides.map(({ side, name, reply }) => el('section.candidate', { 'aria-label': name },
      this.reply(reply, this.pairName(name, reply)),
      el('button.button.choose', { type: 'button', disabled: !ready, onclick: choose(side), 'data-focus': side },
        icon('check'), `${name.at(-1)} is better`)));
    return el('div', {},
      el('div.pair', { role: 'group', 'aria-label': 'Two replies to compare' }, ...cards),
      el('div.verdict', {},
        el('p.soft.small', {}, turn.comparison.kind === 'ab' ? 'Which reply do you want to go on with?' : 'Which of the two is better?'),
        el('div.row', {},
          el('button.button.compact', { type: 'button', disabled: !ready, onclick: choose('tie'), 'data-focus': 'tie' }, 'About the same'),
          el('button.button.compact', { type: 'button', disabled: !ready, onclick: choose('both-bad'), 'data-focus': 'both-bad' }, 'Both are bad'))));
  }

  /** After a retry the visitor knows one of the two already; saying which spares guessing. */
  pairName(name, reply) {
    if (this.turn.comparison.kind !== 'retry') {
      return name;
    }
    return `${name} (${reply === this.turn.replies.at(-1) ? 'new' : 'earlier'})`;
  }

  failure() {
    const { failure } = this.turn;
    return el('div.banner', { role: 'alert' },
      el('p', {}, failure.message),
      failure.retry && el('button.button.compact', { type: 'button', disabled: this.busy, onclick: () => this.actions.resend(this.turn) }, 'Try again'));
  }
}

function waitingText(queue) {
  if (queue === null) {
    return 'Thinking';
  }
  const { position, seconds } = queue;
  const place = position <= 1 ? 'You are next' : `${position - 1} ${position === 2 ? 'reply' : 'replies'} ahead of yours`;
  return seconds === undefined ? place : `${place}, about ${Math.max(1, Math.round(seconds))} s`;
}

async function copy(button, text) {
  try {
    await navigator.clipboard.writeText(text);
    replace(button, icon('check'));
    setTimeout(() => replace(button, icon('copy')), 1500);
  } catch {
    button.title = 'The browser does not allow copying here; select the text instead.';
  }
}
