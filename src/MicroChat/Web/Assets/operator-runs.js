// Training runs: which there are, and one of them with live curves and samples before and after.

import { ago, el, replace } from './dom.js';
import { call } from './api.js';
import { chart, label } from './curves.js';

const REFRESH_MS = 5000;

/** Metrics that belong into one diagram; every other metric gets its own. */
const CHARTS = [
  ['Loss', ['loss', 'val_loss']], ['Bits per byte', ['bits_per_byte']], ['Reward', ['objective/scores', 'objective/held_out_scores', 'objective/rlhf_reward']],
  ['KL divergence', ['objective/kl', 'policy/approxkl']], ['Reply length', ['reply_tokens']], ['Accuracy', ['accuracy']], ['Ends of replies', ['eos_rate']],
  ['Policy loss', ['policy/loss']], ['Value loss', ['val/loss']], ['Clipped share', ['policy/clipfrac', 'val/clipfrac']],
];
/** Before the slash in the names of metrics of a stage; before any other slash stands a metric, and behind it a data set. */
const STAGES = new Set(['objective', 'policy', 'val', 'time']);
const LAST = [['Learning rate', ['learning_rate']], ['Gradient norm', ['gradient_norm']], ['Tokens per second', ['tokens_per_second']]];

/** The page under "#runs"; "#runs/NAME" shows one run. */
export class RunsPage {
  constructor(root, attempt, name) {
    this.root = root;
    this.attempt = attempt;
    this.name = name;
    this.timer = 0;
    this.stopped = false;
    this.shownStep = null;
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
    if (!document.hidden || this.shownStep === null) {
      await (this.name === '' ? this.showList() : this.showRun());
    }
    if (!this.stopped) {
      this.timer = setTimeout(() => this.refresh(), REFRESH_MS);
    }
  }

  async showList() {
    const list = await this.attempt(() => call('GET', '/api/operator/runs'));
    if (!list || this.stopped) {
      return;
    }
    this.shownStep = 0;
    const focused = document.activeElement?.getAttribute?.('href');
    replace(this.root, el('h1', {}, 'Training'),
      list.runs.length === 0 ? el('p.empty', {}, 'There are no runs in ', el('span.mono', {}, list.folder), '. A run appears there as soon as it has measured something.')
        : el('ul.run-list', {}, ...list.runs.map(entry)));
    [...this.root.querySelectorAll('a')].find((link) => link.getAttribute('href') === focused)?.focus();
  }

  async showRun() {
    const body = await this.attempt(() => call('GET', `/api/operator/runs/${encodeURIComponent(this.name)}`));
    if (!body || this.stopped || body.run.step === this.shownStep) {
      return;
    }
    const first = this.shownStep === null;
    this.shownStep = body.run.step;
    this.head ??= el('div.stack');
    this.charts ??= el('div.charts');
    this.sources ??= el('tbody');
    this.samples ??= el('div.stack');
    if (first) {
      replace(this.root, el('p', {}, el('a', { href: '#runs' }, 'All runs')), this.head, this.charts, sourcesTable(this.sources), this.samples);
    }
    this.showHead(body.run);
    replace(this.charts, ...charts(body.curves));
    replace(this.sources, ...sourceRows(body.curves));
    this.sources.closest('details').hidden = this.sources.children.length === 0;
    this.showSamples(body);
  }

  showHead(run) {
    const tile = (value, name) => el('div.card', {}, el('b', {}, value), el('span', {}, name));
    replace(this.head, el('div.head', {}, el('h1', {}, run.name), state(run)),
      el('div.tiles', {}, tile(run.step.toLocaleString(), 'steps'), tile(label(run.tokens), 'tokens'),
        ...[['loss', 'loss'], ['val_loss', 'held-out loss'], ['objective/scores', 'reward'], ['objective/kl', 'KL'], ['tokens_per_second', 'tokens per second']]
          .filter(([metric]) => run.last[metric] !== undefined).map(([metric, name]) => tile(label(run.last[metric]), name))));
  }

  showSamples({ samplesFrom, samplesTo, samples }) {
    const side = (title, text) => el('div', {}, el('h3', {}, title), el('p.text', {}, text ?? '(none)'));
    replace(this.samples, samples.length > 0 && el('h2', {}, 'Samples before and after'),
      ...samples.map(({ prompt, before, after }) => el('article.card.sample', {}, el('p.text', {}, el('strong', {}, prompt)),
        el('div.before-after', {}, side(`Step ${samplesFrom}`, before), side(`Step ${samplesTo}`, after)))));
  }
}

function entry(run) {
  return el('li', {}, el('a.card', { href: `#runs/${encodeURIComponent(run.name)}` }, el('strong', {}, run.name), state(run),
    el('span.soft', {}, `step ${run.step.toLocaleString()}`), ...[['loss', 'loss'], ['objective/scores', 'reward']].filter(([metric]) => run.last[metric] !== undefined)
      .map(([metric, name]) => el('span.soft', {}, `${name} ${label(run.last[metric])}`))));
}

function state(run) {
  return run.active ? el('span.tag.live', {}, 'running') : el('span.tag', {}, `last step ${ago(run.updated)}`);
}

function charts(curves) {
  const grouped = new Set([...CHARTS, ...LAST].flatMap(([, metrics]) => metrics));
  const others = Object.keys(curves).filter((metric) => !grouped.has(metric) && !ofDataSet(metric)).sort().map((metric) => [metric, [metric]]);
  return [...CHARTS, ...others, ...LAST]
    .map(([title, metrics]) => [title, metrics.filter((metric) => curves[metric]?.step.length > 0).map((name) => ({ name, curve: curves[name] }))])
    .filter(([, series]) => series.length > 0)
    .map(([title, series]) => chart(title, series));
}

function ofDataSet(metric) {
  const slash = metric.indexOf('/');
  return slash > 0 && !STAGES.has(metric.slice(0, slash));
}

/** Metrics of single data sets ("loss/stories") would be too many diagrams: they get a table. */
function sourcesTable(body) {
  return el('details.card', {}, el('summary', {}, 'By data set'), el('div.scroll-x', { tabindex: 0, role: 'region', 'aria-label': 'Measurements by data set' }, el('table', {},
    el('thead', {}, el('tr', {}, el('th', {}, 'Data set'), el('th', {}, 'Metric'), el('th.num', {}, 'First'), el('th.num', {}, 'Newest'))), body)));
}

function sourceRows(curves) {
  return Object.keys(curves).filter((metric) => ofDataSet(metric) && curves[metric].step.length > 0).sort().map((metric) => {
    const [name, ...source] = metric.split('/');
    const { mean } = curves[metric];
    return el('tr', {}, el('td', {}, source.join('/')), el('td', {}, name), el('td.num', {}, label(mean[0])), el('td.num', {}, label(mean.at(-1))));
  });
}
