// The loop at a glance: new votes, the next cycle, the one that runs with its gates, the generation on trial, and all generations; hold, promote, roll back.

import { ago, el, moment, replace, svg } from './dom.js';
import { call } from './api.js';
import { announce } from './announce.js';
import { confirmLoss } from './confirm.js';
import { chart, label } from './curves.js';
import { percent, section, table } from './parts.js';

const REFRESH_MS = 5000;
const RANGE_WIDTH = 320;
const RANGE_HEIGHT = 34;

/** Metrics of a stage whose curves are worth a glance, in this order. */
const GLANCED = [
  ['Reward', ['objective/scores', 'reward']], ['KL divergence', ['objective/kl', 'kl']], ['Loss', ['loss', 'val_loss']], ['Accuracy', ['accuracy']], ['Reply length', ['reply_tokens']],
];

const STAGES = {
  export: 'Export', 'reward-disjoint': 'Reward model on the other half', method: 'Choice of method', policy: 'Training', evaluation: 'Evaluation', gates: 'Gates', candidate: 'Candidate',
};
const GATES = {
  'same-text': 'Same tokenizer and template', 'held-out-reward': 'Reward on held-out prompts', 'disjoint-reward': 'Reward model of the other half', 'win-rate': 'Win rate at matched length',
  divergence: 'Divergence (KL)', length: 'Length of replies', ended: 'Replies that end by themselves', distinct: 'Distinct n-grams', 'supervised-loss': 'Loss on supervised text',
  refusal: 'Refuses what it should', 'over-refusal': 'Refuses what it should not', flattery: 'Flattery',
};
const VERDICTS = {
  running: 'running', candidate: 'made a candidate', 'no-candidate': 'no candidate', failed: 'stands still',
};
const KINDS = {
  'trial-started': 'on trial', 'trial-ended': 'trial ended', promoted: 'promoted', 'rolled-back': 'live again', held: 'held', released: 'released',
};

/** The page under "#loop". */
export class LoopPage {
  constructor(root, attempt) {
    this.root = root;
    this.attempt = attempt;
    this.timer = 0;
    this.stopped = false;
    this.shown = null;
  }

  start() {
    return this.refresh();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  /** Shows what is there now, and again every few seconds while the page is open. */
  async refresh() {
    if (!document.hidden || this.shown === null) {
      this.show(await this.attempt(() => call('GET', '/api/operator/loop')));
    }
    if (!this.stopped) {
      this.timer = setTimeout(() => this.refresh(), REFRESH_MS);
    }
  }

  show(loop) {
    const text = JSON.stringify(loop);
    if (!loop || this.stopped || text === this.shown) {
      return;
    }
    this.shown = text;
    const focused = document.activeElement?.dataset?.does;
    const open = [...this.root.querySelectorAll('details[open]')].map((details) => details.dataset.part);
    replace(this.root, this.head(loop), tiles(loop), loop.trial && trial(loop.trial), loop.cycle && cycle(loop.cycle), generations(loop, (number) => this.tryOut(number)), decisions(loop.decisions));
    this.root.querySelectorAll('details').forEach((details) => {
      details.open ||= open.includes(details.dataset.part);
    });
    [...this.root.querySelectorAll('button')].find((button) => button.dataset.does === focused)?.focus();
  }

  head(loop) {
    const next = loop.trial?.generation ?? loop.generations.find((generation) => generation.state === 'candidate')?.number;
    const button = (does, name, onclick, classes = '') => el('button.button', { type: 'button', 'data-does': does, class: classes || null, onclick }, name);
    return el('div.head', {}, el('h1', {}, 'The loop', loop.held && el('span.tag.held', {}, 'held')), el('div.row', {},
      !loop.next.working && !loop.held && button('begin', 'Begin a cycle', () => this.begin()),
      loop.held ? button('hold', 'Release', () => this.hold(false), 'primary') : button('hold', 'Hold', () => this.hold(true)),
      loop.hasGenerations && next !== undefined && button('promote', `Promote generation ${next}`, () => this.promote(next)),
      loop.canRollBack && button('roll-back', 'Roll back', () => this.rollBack(loop), 'danger')));
  }

  async begin() {
    if (await this.attempt(() => call('POST', '/api/operator/cycles/start'))) {
      announce('A cycle begins.');
      this.show(await this.attempt(() => call('GET', '/api/operator/loop')));
    }
  }

  hold(held) {
    return this.change('hold', { held }, held ? 'Held: nothing changes by itself.' : 'Released.');
  }

  async promote(generation) {
    if (await confirmLoss(`Let generation ${generation} reply to everyone?`, 'New messages get it at once; replies under way end with the old one. You can roll back.', 'Promote')) {
      await this.change('promote', { generation }, `Generation ${generation} replies to everyone.`);
    }
  }

  async tryOut(generation) {
    if (await confirmLoss(`Try generation ${generation}?`, 'A share of the conversations gets it, or both generations answer and people choose. It is promoted or rolled back by the votes, unless the loop is held.', 'Try')) {
      await this.change('try', { generation }, `Generation ${generation} is on trial.`);
    }
  }

  async rollBack({ trial: running }) {
    const [text, done] = running
      ? [`The trial of generation ${running.generation} ends, and it is retired. Generation ${running.live} replies to everyone.`, 'The trial is over.']
      : ['The generation that replied before this one replies again.', 'Rolled back.'];
    if (await confirmLoss('Roll back?', text, 'Roll back')) {
      await this.change('roll-back', undefined, done);
    }
  }

  async change(action, body, done) {
    const loop = await this.attempt(() => call('POST', `/api/operator/loop/${action}`, body));
    if (loop) {
      this.show(loop);
      announce(done);
    }
  }
}

function tiles({ votes, next, trial: running, generations: all }) {
  const live = all.find((generation) => generation.state === 'live');
  const tile = (value, name) => el('div.card', {}, el('b', {}, value), el('span', {}, name));
  return el('div.tiles', {},
    tile(votes.new.toLocaleString(), `new votes${votes.since ? ` since the snapshot ${ago(votes.since)}` : ''}; ${votes.needed.toLocaleString()} begin a cycle`),
    tile(next.working ? 'At work' : 'Waiting', next.words),
    live && tile(`Generation ${live.number}`, `replies to everyone${live.share === undefined ? '' : `; ${percent(live.share)} of its votes are 👍`}`),
    running && tile(`Generation ${running.generation}`, `on trial since ${moment(running.since)}`));
}

function trial(running) {
  const figures = running.figures;
  const how = running.duels ? 'Both generations answer in some conversations, and people choose without knowing which is which.' : `It answers in a share of the ${running.byServer ? 'servers' : 'conversations'}.`;
  const what = running.duels ? 'share of duels won' : 'difference of the up-rates, at equal severity and length';
  return section('Canary', el('span.tag.live', {}, `generation ${running.generation} against ${running.live}`),
    el('p', {}, running.words), el('p.soft', {}, how),
    running.low === undefined ? el('p.soft', {}, 'There are no votes yet.')
      : el('figure.range', {}, el('figcaption.soft', {}, `Confidence sequence, ${what}`), range(running.low, running.high, running.even, !running.duels)),
    el('dl.facts', {}, ...facts(figures).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])));
}

function facts(figures) {
  const pair = (name, key) => figures[`canary_${key}`] !== undefined && [name, `${percent(figures[`canary_${key}`])} (live ${percent(figures[`live_${key}`])})`];
  return [
    figures.conversations !== undefined && ['Saw it', `${figures.exposed.toLocaleString()} of ${figures.conversations.toLocaleString()} conversations`],
    figures.canary_votes !== undefined && ['Votes', `${figures.canary_votes.toLocaleString()} of ${figures.canary_raters.toLocaleString()} people (live ${figures.live_votes.toLocaleString()})`],
    figures.duels_won !== undefined && ['Duels', `${figures.duels_won} won, ${figures.duels_lost} lost, ${figures.duels_tied} tied`],
    pair('Up-rate', 'up_rate'), pair('Failed', 'failure_rate'), pair('Called rude or unsafe', 'report_rate'), pair('Deleted', 'delete_rate'), pair('Asked for again', 'repeat_rate'),
    figures.slowdown !== undefined && ['Time per token', `${label(figures.slowdown)} times that of the live one`],
  ].filter(Boolean);
}

function cycle(now) {
  const running = now.state === 'running';
  return section('Cycle', el('span.tag', { class: running ? 'live' : null }, VERDICTS[now.state] ?? now.state),
    el('p', {}, el('strong', {}, now.id), el('span.soft', {}, ` begun ${moment(now.created)}`)),
    now.words && el('p', {}, now.words),
    now.method && el('p', {}, `Method: ${now.method}. ${now.methodReason ?? ''}`),
    el('ol.stages', {}, ...now.stages.map(stage)),
    curves(now), now.gates.length > 0 && gates(now.gates));
}

function stage({ name, state, started, ended, note }) {
  const member = /^reward-(\d+)$/.exec(name);
  const title = member ? `Reward model ${Number(member[1]) + 1}` : STAGES[name] ?? name;
  return el('li', { class: state }, el('strong', {}, title), el('span.soft', {}, state, started && !ended && `, begun ${ago(started)}`, ended && `, ${ago(ended)}`), note && el('span', {}, note));
}

function curves({ run, curves: all }) {
  const shown = GLANCED.map(([title, names]) => [title, names.filter((name) => all[name]?.step.length > 0).map((name) => ({ name, curve: all[name] }))]).filter(([, series]) => series.length > 0);
  return shown.length > 0 && el('div.stack', {}, el('h3', {}, `Curves of ${run.split(/[/\\]/).at(-1)}`), el('div.charts', {}, ...shown.map(([title, series]) => chart(title, series))));
}

function gates(all) {
  const number = (value) => (value === undefined ? '–' : label(value));
  const row = (gate) => el('tr', {}, el('th', { scope: 'row' }, GATES[gate.name] ?? gate.name),
    el('td', {}, el('span.tag', { class: gate.passed ? 'up' : 'down' }, gate.passed ? 'passed' : 'failed')),
    el('td.num', {}, number(gate.value), gate.lower !== undefined && el('span.soft', {}, ` (${number(gate.lower)} to ${number(gate.upper)})`)),
    el('td.num', {}, number(gate.threshold)), el('td', {}, gate.words));
  return table('Gates', ['Gate', 'Verdict', 'Measured', 'Held to', 'In words'], all.map(row), [2, 3]);
}

function generations({ generations: all, hasGenerations }, tryOut) {
  const row = (generation) => el('tr', {}, el('th', { scope: 'row' }, !hasGenerations ? generation.name : `${generation.number}`),
    el('td', {}, el('span.tag', { class: generation.state === 'live' || generation.state === 'canary' ? 'live' : null }, generation.state || 'replied'),
      hasGenerations && generation.state === 'candidate' && el('button.button.compact', { type: 'button', 'data-does': `try ${generation.number}`, onclick: () => tryOut(generation.number) }, `Try ${generation.number}`)),
    el('td', {}, generation.share === undefined ? el('span.soft', {}, 'no votes') : el('span.rate', {}, `${percent(generation.share)} `, range(generation.low, generation.high, null, false))),
    el('td.num', {}, `${generation.up.toLocaleString()} / ${generation.down.toLocaleString()}`), el('td.num', {}, generation.exchanges.toLocaleString()),
    el('td', {}, generation.parent === undefined ? '' : `from ${generation.parent}. `, generation.learnedFrom));
  return section('Generations', null, all.length === 0 ? el('p.soft', {}, 'Nothing was said yet.')
    : table(null, ['Generation', 'State', '👍 with its 95 % interval', '👍 / 👎', 'Replies', 'Learned from'], all.map(row), [3, 4]));
}

function decisions(all) {
  return all.length > 0 && section('Decisions', null, el('ol.decisions', {}, ...all.map((decision) => el('li', {},
    el('div.meta', {}, el('strong', {}, `Generation ${decision.generation}: ${KINDS[decision.kind] ?? decision.kind}`), el('span.soft', {}, `${moment(decision.time)}, by ${decision.by}`)),
    el('p', {}, decision.words)))));
}

/** An interval on a line; for a difference the line reaches as far on both sides of nothing. */
function range(low, high, even, signed) {
  const reach = signed ? Math.min(1, Math.max(0.1, Math.abs(low), Math.abs(high)) * 1.15) : 1;
  const from = signed ? -reach : 0;
  const place = (value) => 8 + ((Math.min(Math.max(value, from), reach) - from) / (reach - from)) * (RANGE_WIDTH - 16);
  const text = signed ? `${points(low)} to ${points(high)} points` : `${percent(low)} to ${percent(high)}`;
  const side = even === null ? 'plain' : low > even ? 'better' : high < even ? 'worse' : 'open';
  return el('span.interval', {},
    svg('svg', { viewBox: `0 0 ${RANGE_WIDTH} ${RANGE_HEIGHT}`, role: 'img', 'aria-label': text, class: side },
      svg('line.axis', { x1: 8, x2: RANGE_WIDTH - 8, y1: 17, y2: 17 }), even !== null && svg('line.even', { x1: place(even), x2: place(even), y1: 4, y2: 30 }),
      svg('line.span', { x1: place(low), x2: place(high), y1: 17, y2: 17 }), svg('circle', { cx: place((low + high) / 2), cy: 17, r: 5 })),
    el('span.soft', { 'aria-hidden': 'true' }, text));
}

const points = (share) => `${share > 0 ? '+' : share < 0 ? '−' : ''}${Math.abs(100 * share).toFixed(1)}`;
