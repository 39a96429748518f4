// The chat page: connects the conversation, its view, the composer and the panels.

import { byId, el, generationName, replace } from './dom.js';
import { call, stream } from './api.js';
import { announce } from './announce.js';
import { Conversation, apply, settle } from './conversation.js';
import { TurnView } from './turn-view.js';
import { History } from './history.js';
import { Settings } from './settings.js';
import { closeSidebar, startSidebar } from './sidebar.js';
import { Composer } from './composer.js';
import { Follower } from './follower.js';

const STARTERS = ['Who are you?', 'Tell me a short story.', 'What is a volcano?', 'I feel a bit sad today.'];
const STOP_PATIENCE_MS = 3000;

/** The page as a whole. */
class ChatPage {
  constructor() {
    this.conversation = new Conversation();
    this.views = new Map();
    this.running = null;
    this.opening = 0;
    this.settings = new Settings({ forgotten: () => this.startNew(true), failed: (error) => this.complain(error) });
    this.history = new History({
      open: (id) => this.open(id),
      removed: (id) => id === this.conversation.id && this.startNew(),
      failed: (error) => this.complain(error),
    });
    this.composer = new Composer({ send: (text) => this.send(text), stop: () => this.stop() });
    this.follower = new Follower(byId('scroll'), byId('to-end'));
  }

  async start() {
    startSidebar();
    byId('new-chat').addEventListener('click', () => this.startNew());
    replace(byId('starters'), ...STARTERS.map((text) => el('li', {}, el('button.button.compact', { type: 'button', onclick: () => this.send(text) }, text))));
    addEventListener('popstate', () => this.openAddress());
    try {
      const session = await call('GET', '/api/session');
      this.settings.start(session);
      byId('model-name').textContent = generationName(session.model);
      byId('model-chip').hidden = false;
      this.composer.limit = session.longestMessage;
    } catch (error) {
      this.complain(error, () => location.reload());
      return;
    }
    this.history.refresh();
    this.openAddress();
  }

  /** Shows the conversation that the address names; a new one if it names none. */
  openAddress() {
    const id = new URLSearchParams(location.search).get('c');
    if (id === null) {
      this.show(new Conversation());
    } else {
      this.open(id, false);
    }
  }

  startNew(refresh = false) {
    this.leave('/');
    this.show(new Conversation());
    closeSidebar();
    this.composer.focus();
    if (refresh) {
      this.history.refresh();
    }
  }

  async open(id, remember = true) {
    this.opening += 1;
    const mine = this.opening;
    try {
      const saved = await call('GET', `/api/conversations/${encodeURIComponent(id)}`);
      if (mine !== this.opening) {
        return; // another one was opened meanwhile
      }
      if (remember) {
        this.leave(`/?c=${encodeURIComponent(id)}`);
      }
      this.show(new Conversation(saved));
      closeSidebar();
      this.composer.focus();
    } catch (error) {
      if (!remember) {
        this.startNew();
      }
      this.complain(error);
    }
  }

  leave(address) {
    if (location.pathname + location.search !== address) {
      window.history.pushState(null, '', address);
    }
  }

  show(conversation) {
    this.running?.abort.abort();
    this.running = null;
    this.conversation = conversation;
    this.complain(null);
    this.history.setCurrent(conversation.id);
    this.refresh();
    if (conversation.turns.length > 0) {
      this.follower.toEnd();
    } else {
      this.follower.toTop();
    }
  }

  /** Brings the screen in line with the conversation; views of turns that stay are kept. */
  refresh() {
    const { turns } = this.conversation;
    const actions = { retry: (turn) => this.retry(turn), choose: (turn, choice) => this.choose(turn, choice), resend: (turn) => this.resend(turn) };
    const busy = this.running !== null;
    this.views = new Map(turns.map((turn) => [turn, this.views.get(turn) ?? new TurnView(turn, actions)]));
    turns.forEach((turn, i) => this.views.get(turn).setPlace(i === turns.length - 1, busy));
    const nodes = turns.map((turn) => this.views.get(turn).node);
    if (nodes.length !== byId('turns').children.length || nodes.some((node, i) => byId('turns').children[i] !== node)) {
      replace(byId('turns'), ...nodes);
    }
    byId('welcome').hidden = turns.length > 0;
    byId('title').textContent = this.conversation.title;
    document.title = turns.length > 0 ? `${this.conversation.title} · MicroChat` : 'MicroChat';
    this.composer.setState(busy, this.conversation.undecided);
  }

  send(text) {
    const parent = this.conversation.parent;
    const turn = this.conversation.say(text);
    this.run(turn, { conversation: this.conversation.id, parent, message: text, two: this.settings.twoReplies });
  }

  retry(turn) {
    this.run(turn, { conversation: this.conversation.id, retry: turn.chosen });
  }

  /** Sends again what failed: a message to which nothing came, or else another try. */
  resend(turn) {
    if (turn.replies.length > 0) {
      this.retry(turn);
      return;
    }
    this.conversation.take(turn);
    this.send(turn.message);
  }

  /** Streams a reply into a turn, up to its end, a stop or a failure. */
  async run(turn, request) {
    const run = { abort: new AbortController(), id: null };
    this.running = run;
    turn.failure = null;
    turn.waiting = true;
    this.refresh();
    this.views.get(turn).update();
    this.follower.toEnd();
    announce('MicroChat is replying.');
    try {
      const body = { ...request, system: this.settings.system || null, temperature: this.settings.temperature };
      await stream('/api/chat', body, run.abort.signal, (event) => this.onEvent(run, turn, event));
    } catch (error) {
      if (error.name !== 'AbortError') {
        turn.failure = { message: error.message, retry: error.retry !== false };
      }
    }
    settle(turn);
    if (this.running === run) {
      this.finish(turn);
    }
  }

  finish(turn) {
    this.running = null;
    if (turn.replies.length === 0 && turn.failure === null) {
      this.conversation.take(turn); // stopped before its first word: the message goes back to where it was written
      this.composer.giveBack(turn.message);
    }
    this.refresh();
    this.views.get(turn)?.update();
    this.follower.follow();
    announce(turn.failure?.message ?? spoken(turn));
    this.history.current = this.conversation.id;
    this.history.refresh();
  }

  onEvent(run, turn, event) {
    if (this.running !== run) {
      return;
    }
    if (event.event === 'run') {
      run.id = event.run;
      this.conversation.id = event.conversation;
      window.history.replaceState(null, '', `/?c=${encodeURIComponent(event.conversation)}`);
    }
    const grown = apply(turn, event);
    const view = this.views.get(turn);
    if (grown) {
      view.grow(grown);
    } else {
      view.update();
    }
    this.follower.follow();
  }

  /** Asks the server to end the reply; what was said is kept. A server that does not answer is left alone. */
  async stop() {
    const run = this.running;
    if (run === null) {
      return;
    }
    setTimeout(() => run.abort.abort(), STOP_PATIENCE_MS);
    if (run.id === null) {
      run.abort.abort();
      return;
    }
    try {
      await call('POST', '/api/stop', { run: run.id });
    } catch {
      run.abort.abort();
    }
  }

  async choose(turn, choice) {
    try {
      await call('POST', '/api/compare', { comparison: turn.comparison.id, choice });
    } catch (error) {
      this.complain(error);
      return;
    }
    turn.comparison.choice = choice;
    if (choice === 'left' || choice === 'right') {
      turn.chosen = turn.comparison.shown[choice === 'left' ? 0 : 1];
    } else if (turn.comparison.kind === 'ab') {
      [turn.chosen] = turn.comparison.shown;
    }
    this.refresh();
    this.views.get(turn).update();
    announce('Choice saved.');
    this.composer.focus();
  }

  /** Shows a failure above the composer; null takes it away. */
  complain(error, retry = null) {
    const banner = byId('banner');
    banner.hidden = error === null;
    replace(banner, error && el('p', {}, error.message),
      retry && el('button.button.compact', { type: 'button', onclick: retry }, 'Try again'),
      error && el('button.button.compact', { type: 'button', onclick: () => this.complain(null) }, 'Dismiss'));
  }
}

function spoken(turn) {
  const replies = turn.replies.filter((reply) => reply.id === turn.chosen || turn.comparison?.choice === null);
  return replies.map((reply) => (replies.length > 1 ? `A reply says: ${reply.text}` : `MicroChat says: ${reply.text}`)).join(' ');
}

new ChatPage().start();
