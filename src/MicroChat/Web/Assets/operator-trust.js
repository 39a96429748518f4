// Trust: whose votes count how much, and why, by place; what is left out, by reason.

import { el, moment, replace } from './dom.js';
import { call } from './api.js';
import { label } from './curves.js';
import { percent, section, table } from './parts.js';

const STATES = { counted: 'counts', quarantined: 'quarantined', at_odds: 'at odds', fails_controls: 'fails controls' };

/** Digits of a pseudonym that tell people apart on a page; the whole one is its title. */
const SHORT = 8;

/** The page under "#trust". */
export class TrustPage {
  constructor(root, attempt) {
    this.root = root;
    this.attempt = attempt;
  }

  async start() {
    const report = await this.attempt(() => call('GET', '/api/operator/trust'));
    if (report) {
      this.show(report);
    }
  }

  stop() {
    // nothing runs on
  }

  show(report) {
    const places = Map.groupBy(report.raters, ({ place }) => (place.server === '' ? place.platform : `${place.platform}, server ${place.server}`));
    replace(this.root, el('div.head', {}, el('h1', {}, 'Trust')),
      el('p.soft', {}, 'Computed anew from the votes of people who agreed to training, under pseudonyms, and kept nowhere else.'),
      tiles(report), reasons(report),
      ...[...places].map(([place, raters]) => section(place, null, table(place,
        ['Person', 'State', 'Votes', 'Counted', 'Weight', 'Agreement (95 %)', 'Severity', 'Slope', 'Controls', 'Why'], raters.map(row), [2, 3, 4, 5, 6, 7, 8]))),
      report.raters.length === 0 && el('p.empty', {}, 'Nobody whose votes may train has voted yet.'));
  }
}

function tiles({ raters, votes_in_the_future: future }) {
  const sum = (name) => raters.reduce((total, rater) => total + rater[name], 0);
  const tile = (value, name) => el('div.card', {}, el('b', {}, value.toLocaleString()), el('span', {}, name));
  return el('div.tiles', {}, tile(raters.length, 'people'), tile(sum('votes'), 'votes'), tile(sum('counted'), 'of them count'),
    tile(raters.filter((rater) => rater.state !== 'counted').length, 'people whose votes are left out'),
    future > 0 && tile(future, 'votes dated in the future: a clock was, or is, wrong. They count.'));
}

function reasons({ left_out: leftOut }) {
  const all = Object.entries(leftOut).filter(([, count]) => count > 0);
  return all.length > 0 && section('Left out', null, el('dl.facts', {}, ...all.flatMap(([reason, count]) => [el('dt', {}, reason), el('dd', {}, count.toLocaleString())])));
}

function row(rater) {
  const good = rater.state === 'counted';
  const signed = (value) => `${value < 0 ? '−' : '+'}${label(Number(Math.abs(value).toFixed(2)))}`;
  return el('tr', {}, el('th.mono', { scope: 'row', title: rater.rater }, rater.rater.slice(0, SHORT)),
    el('td', {}, el('span.tag', { class: good ? 'up' : 'down' }, STATES[rater.state] ?? rater.state), rater.until && el('span.soft', {}, ` until ${moment(rater.until)}`)),
    el('td.num', {}, rater.votes.toLocaleString()), el('td.num', {}, rater.counted.toLocaleString()), el('td.num', {}, rater.weight.toFixed(2)),
    el('td.num', {}, rater.agreement ? `${percent(rater.agreement.share)} (${percent(rater.agreement.lower)} to ${percent(rater.agreement.upper)})` : '–'),
    el('td.num', {}, signed(rater.severity)), el('td.num', {}, `${rater.slope.toFixed(2)}\u00a0±\u00a0${rater.slope_error.toFixed(2)}`),
    el('td.num', {}, rater.controls === 0 ? '–' : `${rater.controls_right} of ${rater.controls}`), el('td', {}, rater.why));
}
