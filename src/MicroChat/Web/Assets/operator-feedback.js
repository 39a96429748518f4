// Feedback: numbers, a filtered list, one exchange with everything around it, deletion and export.

import { el, generationName, icon, moment, replace } from './dom.js';
import { call } from './api.js';
import { announce } from './announce.js';
import { confirmLoss } from './confirm.js';

const REASONS = { wrong: 'Not true', unclear: 'Hard to follow', 'too-long': 'Too long', rude: 'Rude', unsafe: 'Harmful', other: 'Something else' };
const SEARCH_PAUSE_MS = 350;

/** The page under "#feedback"; "#feedback/ID" shows one exchange. */
export class FeedbackPage {
  constructor(root, attempt, id) {
    this.root = root;
    this.attempt = attempt;
    this.id = id;
    this.next = null;
    this.timer = 0;
  }

  start() {
    return this.id === '' ? this.startList() : this.showDetail();
  }

  stop() {
    clearTimeout(this.timer);
  }

  async startList() {
    this.items = el('div.stack', { 'aria-live': 'off' });
    this.more = el('button.button', { type: 'button', hidden: true, onclick: () => this.load() }, 'Show more');
    this.tiles = el('div.tiles');
    this.exported = el('div', { role: 'status' });
    replace(this.root,
      el('div.head', {}, el('h1', {}, 'Feedback'), el('button.button', { type: 'button', onclick: (event) => this.exportAll(event.currentTarget) }, 'Export a snapshot')),
      this.exported, this.tiles, this.filterForm(), this.items, el('div', {}, this.more));
    const statistics = await this.attempt(() => call('GET', '/api/operator/statistics'));
    if (statistics) {
      this.showStatistics(statistics);
    }
    await this.reload();
  }

  showStatistics({ persons, days, generations }) {
    const sum = (name) => days.reduce((total, day) => total + day[name], 0);
    const tile = (value, label) => el('div.card', {}, el('b', {}, value), el('span', {}, label));
    const last = generations.at(-1);
    replace(this.tiles,
      tile(sum('exchanges').toLocaleString(), 'replies'), tile(persons.toLocaleString(), 'people'),
      tile(`${sum('up').toLocaleString()} : ${sum('down').toLocaleString()}`, 'good and bad ratings'), tile(sum('comparisons').toLocaleString(), 'comparisons'),
      last?.share !== undefined && tile(percent(last.share), `liked of ${generationName(last.generation)} (95 %: ${percent(last.low)} to ${percent(last.high)})`));
  }

  filterForm() {
    const select = (name, label, options) => el('label', {}, label, el('select.text-input.select', { name },
      ...options.map(([value, text]) => el('option', { value }, text))));
    const input = (name, label, properties) => el('label', {}, label, el('input.text-input', { name, ...properties }));
    this.form = el('form.filters.card', { role: 'search', 'aria-label': 'Filter the feedback' },
      select('rating', 'Rating', [['', 'All'], ['up', 'Good'], ['down', 'Bad'], ['any', 'Rated'], ['none', 'Not rated']]),
      select('reason', 'Reason', [['', 'Any'], ...Object.entries(REASONS)]),
      el('label.grow', {}, 'Search', el('input.text-input', { name: 'text', type: 'search', placeholder: 'Words in prompt, reply or comment' })),
      input('model', 'Generation', { type: 'search', placeholder: 'name@version', size: 14 }),
      input('from', 'From', { type: 'date' }), input('to', 'To', { type: 'date' }),
      el('label.check', {}, el('input', { type: 'checkbox', name: 'comment', value: 'yes' }), 'With a comment'));
    const later = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.reload(), SEARCH_PAUSE_MS);
    };
    this.form.addEventListener('input', later);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.reload();
    });
    return this.form;
  }

  async reload() {
    clearTimeout(this.timer);
    this.next = null;
    replace(this.items);
    await this.load();
  }

  async load() {
    const query = new URLSearchParams([...new FormData(this.form)].filter(([, value]) => value !== ''));
    if (this.next !== null) {
      query.set('cursor', this.next);
    }
    const asked = query.toString();
    this.asked = asked;
    const page = await this.attempt(() => call('GET', `/api/operator/feedback?${query}`));
    if (!page || this.asked !== asked) {
      return; // the filter changed meanwhile
    }
    this.items.append(...page.items.map((item) => this.entry(item)));
    this.next = page.next ?? null;
    this.more.hidden = this.next === null;
    if (this.items.children.length === 0) {
      replace(this.items, el('p.empty', {}, this.next === null ? 'Nothing matches. Replies and their ratings appear here as soon as people chat.' : 'Nothing among the newest; show more to search on.'));
    }
  }

  entry(item) {
    return el('article.card.exchange', {},
      meta(item),
      el('p.text.clip', {}, el('span.said-by', {}, 'Prompt '), item.prompt ?? '(erased)'),
      el('p.text.clip', {}, el('span.said-by', {}, 'Reply '), item.reply ?? '(none)'),
      ...item.ratings.filter((rating) => rating.comment).map((rating) => el('p.comment.text', {}, rating.comment)),
      el('div.row', {}, el('a.button.compact', { href: `#feedback/${item.id}` }, 'Read'), this.deleteButton(item)));
  }

  deleteButton(item) {
    return el('button.button.compact.danger', { type: 'button', onclick: async (event) => {
      const card = event.currentTarget.closest('article');
      const sure = await confirmLoss('Delete this exchange?', 'Prompt, reply and ratings are removed for good; the next snapshot is without them.', 'Delete');
      if (sure && await this.attempt(() => call('DELETE', `/api/operator/feedback/${item.id}`)) !== undefined) {
        announce('Deleted.');
        if (this.id === '') {
          card.remove();
        } else {
          location.hash = '#feedback';
        }
      }
    } }, 'Delete');
  }

  async exportAll(button) {
    button.disabled = true;
    replace(this.exported, el('p.soft', {}, el('span.spinner', { 'aria-hidden': 'true' }), ' Writing the snapshot'));
    const report = await this.attempt(() => call('POST', '/api/operator/export'));
    button.disabled = false;
    replace(this.exported, report && exportReport(report));
  }

  async showDetail() {
    replace(this.root, el('p.soft', {}, 'Loading'));
    const detail = await this.attempt(() => call('GET', `/api/operator/feedback/${encodeURIComponent(this.id)}`));
    const back = el('a', { href: '#feedback' }, 'All feedback');
    if (!detail) {
      replace(this.root, el('p', {}, back));
      return;
    }
    const { item, candidates } = detail;
    replace(this.root, el('p', {}, back), el('h1', {}, 'Exchange'),
      detail.system && said('Persona', detail.system),
      detail.before.length > 0 && el('details.card', {}, el('summary', {}, `Earlier in the conversation (${detail.before.length})`),
        el('div.stack', {}, ...detail.before.flatMap((turn) => [said('Person', turn.prompt), said('MicroChat', turn.reply)]))),
      said('Person', item.prompt),
      ...candidates.map((candidate) => this.candidate(candidate, candidate.id === item.id && candidates.length > 1)),
      candidates.length > 1 && el('div', {}, el('button.button.primary', { type: 'button', onclick: () => this.rank(candidates) }, `Rank these ${candidates.length} replies`)),
      facts(detail));
  }

  candidate(item, isThis) {
    return el('article.card.exchange', {}, meta(item), isThis && el('p.soft.small', {}, 'The reply that was opened'), el('p.text', {}, item.reply ?? '(none)'),
      ...item.ratings.map((rating) => el('p.comment.text', {}, `${rating.value > 0 ? 'Good' : 'Bad'}, ${rating.byAsker ? 'by who asked' : 'by a bystander'}`
        + `${rating.reason ? `, ${REASONS[rating.reason].toLowerCase()}` : ''}${rating.comment ? `: ${rating.comment}` : ''}`)),
      el('div.row', {}, this.deleteButton(item)));
  }

  async rank(candidates) {
    const made = await this.attempt(() => call('POST', '/api/operator/comparisons', { exchanges: candidates.map((c) => c.id) }));
    if (made) {
      location.hash = `#rank/${made.id}`;
    }
  }
}

function meta(item) {
  const up = item.ratings.filter((rating) => rating.value > 0).length;
  const down = item.ratings.length - up;
  return el('div.meta', {}, el('span', {}, moment(item.time)), el('span', {}, item.platform), el('span', {}, generationName(item.generation)),
    up > 0 && el('span.tag.up', {}, icon('up-thumb'), el('span.visually-hidden', {}, 'Good '), String(up)), down > 0 && el('span.tag.down', {}, icon('down-thumb'), el('span.visually-hidden', {}, 'Bad '), String(down)),
    ...item.ratings.filter((rating) => rating.reason).map((rating) => el('span.tag', {}, REASONS[rating.reason])),
    item.status !== 'complete' && el('span.tag', {}, item.status));
}

function said(who, text) {
  return el('div', {}, el('p.said-by.small.soft', {}, who), el('p.text', {}, text ?? '(erased)'));
}

function facts(detail) {
  const rows = [['Person', detail.item.person], ['Consent to training', detail.consent], ['Tokens', `${detail.promptTokens} prompt, ${detail.replyTokens} reply`],
    ['Seed', detail.seed ?? 'unknown'], ['Sampling', detail.sampling], ['Exchange', detail.item.id], ['Conversation', detail.item.conversation]];
  return el('details.card', {}, el('summary', {}, 'How this reply came about'),
    el('dl.facts', {}, ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd.mono', {}, String(value))])));
}

function exportReport(report) {
  const reasons = Object.entries(report.leftOut).filter(([, count]) => count > 0).map(([reason, count]) => `${count} (${reason})`).join(', ');
  return el('div.card.stack', {}, el('p', {}, 'Snapshot written to ', el('span.mono', {}, report.folder)),
    report.files.length > 0 && el('div.scroll-x', {}, el('table', {}, el('tbody', {}, ...report.files.map((file) => el('tr', {},
      el('td.mono', {}, file.path), el('td', {}, file.kind), el('td.num', {}, `${file.rows} rows`)))))),
    reasons !== '' && el('p.soft.small', {}, `Left out: ${reasons}`));
}

function percent(share) {
  return `${Math.round(share * 100)} %`;
}
