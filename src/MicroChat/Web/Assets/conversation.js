// One conversation as data: its turns, the candidates of each, and how the events of a streamed reply change them.

/**
 * @typedef {object} Reply
 * @property {string} id
 * @property {string} text What has arrived so far.
 * @property {string} generation Which generation of the model speaks.
 * @property {string|null} finish "end", "length", "stopped" or "interrupted"; null while it streams.
 * @property {{value: number, reason: string|null, comment: string|null}|null} rating The visitor's own.
 *
 * @typedef {object} Turn
 * @property {string} message
 * @property {Reply[]} replies Oldest first.
 * @property {{id: string, kind: string, shown: string[], choice: string|null}|null} comparison The latest one.
 * @property {string|null} chosen Id of the reply from which the conversation goes on.
 * @property {{position: number, seconds: number|undefined}|null} queue Set while the message waits for its turn.
 * @property {boolean} waiting Whether a reply was asked for that has not begun.
 * @property {number} dropped How many of the oldest turns the model no longer saw.
 * @property {{message: string, retry: boolean}|null} failure Why there is no new reply.
 */

/** The conversation on the screen. */
export class Conversation {
  /** @param {object|null} saved As the server tells it; null: a new one. */
  constructor(saved = null) {
    this.id = saved?.id ?? null;
    this.turns = (saved?.turns ?? []).map(savedTurn);
  }

  get title() {
    return this.turns.length > 0 ? titleOf(this.turns[0].message) : 'New chat';
  }

  get last() {
    return this.turns.at(-1) ?? null;
  }

  /** The reply that a new message would answer to; null at the beginning. */
  get parent() {
    return this.last?.chosen ?? null;
  }

  /** Whether two replies wait for a choice before the conversation can go on. */
  get undecided() {
    return this.last !== null && isOpen(this.last) && this.last.comparison.kind === 'ab';
  }

  /** Adds a turn whose reply is still to come. */
  say(message) {
    const turn = { message, replies: [], comparison: null, chosen: null, queue: null, waiting: true, dropped: 0, failure: null };
    this.turns.push(turn);
    return turn;
  }

  /** Takes back a turn to which no reply came. */
  take(turn) {
    this.turns = this.turns.filter((other) => other !== turn);
  }
}

/** Whether a pair of candidates is waiting for the visitor's choice. */
export function isOpen(turn) {
  return turn.comparison !== null && turn.comparison.choice === null;
}

/** A title for a list: the first line, shortened at a word. */
export function titleOf(message) {
  const line = message.trim().split('\n')[0].replace(/\s+/g, ' ');
  if (line.length <= 60) {
    return line;
  }
  const cut = line.slice(0, 60);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), 30))}…`;
}

/**
 * Applies one event of the stream to its turn.
 * @returns {Reply|null} The reply that grew; null: the turn's structure changed.
 */
export function apply(turn, event) {
  const reply = turn.replies.find((other) => other.id === event.reply) ?? null;
  switch (event.event) {
    case 'queue':
      turn.queue = { position: event.position, seconds: event.seconds };
      return null;
    case 'start':
      turn.replies.push(...event.replies.map(freshReply));
      turn.chosen = turn.replies.at(-1).id;
      turn.comparison = event.comparison ? { ...event.comparison, choice: null } : null;
      turn.queue = null;
      turn.waiting = false;
      return null;
    case 'notice':
      turn.dropped = event.dropped;
      return null;
    case 'text':
      reply.text += event.text;
      return reply;
    case 'end':
      reply.finish = event.finish;
      return null;
    case 'drop':
      drop(turn, event.reply);
      return null;
    case 'error':
      turn.failure = { message: event.message, retry: event.retry };
      return null;
    default:
      return null; // a newer server may tell more than this page knows
  }
}

/** Ends whatever still streams, after the connection broke: what was said stays, empty replies go. */
export function settle(turn) {
  turn.queue = null;
  turn.waiting = false;
  for (const reply of [...turn.replies]) {
    if (reply.finish === null) {
      reply.finish = 'interrupted';
      if (reply.text === '') {
        drop(turn, reply.id);
      }
    }
  }
}

function drop(turn, id) {
  turn.replies = turn.replies.filter((reply) => reply.id !== id);
  turn.chosen = turn.replies.at(-1)?.id ?? null;
  if (turn.comparison !== null && turn.comparison.shown.includes(id)) {
    turn.comparison = null;
  }
}

function freshReply({ id, generation }) {
  return { id, generation, text: '', finish: null, rating: null };
}

function savedTurn(saved) {
  return {
    message: saved.message,
    replies: saved.replies.map((reply) => ({ ...freshReply(reply), ...reply })),
    comparison: saved.comparison ? { choice: null, ...saved.comparison } : null,
    chosen: saved.chosen ?? saved.replies.at(-1)?.id ?? null,
    queue: null,
    waiting: false,
    dropped: 0,
    failure: null,
  };
}
