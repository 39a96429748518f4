// The operator's pages: a login where one is needed, and one page per tab, chosen by the address's hash.

import { byId, el, replace } from './dom.js';
import { call } from './api.js';
import { startTheme } from './settings.js';
import { FeedbackPage } from './operator-feedback.js';
import { RankPage } from './operator-rank.js';
import { RunsPage } from './operator-runs.js';
import { ModelsPage } from './operator-models.js';
import { LoopPage } from './operator-loop.js';
import { TrustPage } from './operator-trust.js';

const PAGES = { feedback: FeedbackPage, rank: RankPage, runs: RunsPage, models: ModelsPage, loop: LoopPage, trust: TrustPage };
const TITLES = { feedback: 'Feedback', rank: 'Rank', runs: 'Training', models: 'Models', loop: 'Loop', trust: 'Trust' };

/** What is shown now; its stop() ends timers. */
let shown = null;

async function start() {
  startTheme();
  byId('logout').addEventListener('click', async () => {
    await attempt(() => call('POST', '/api/operator/logout'));
    location.reload();
  });
  const session = await attempt(() => call('GET', '/api/operator/session'));
  if (session === undefined) {
    return;
  }
  byId('logout').hidden = !(session.allowed && session.needsKey);
  if (session.allowed) {
    byId('tabs').hidden = false;
    addEventListener('hashchange', open);
    open();
  } else {
    showLogin(session.needsKey);
  }
}

/** Opens the page that the hash names: "#runs/first" is the page of runs with the run "first". */
function open() {
  const [name, ...rest] = location.hash.slice(1).split('/');
  const tab = Object.hasOwn(PAGES, name) ? name : 'feedback';
  shown?.stop();
  for (const link of byId('tabs').children) {
    link.toggleAttribute('aria-current', link.hash === `#${tab}`);
    if (link.hash === `#${tab}`) {
      link.setAttribute('aria-current', 'page');
      link.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  }
  complain(null);
  document.title = `${TITLES[tab]} · MicroChat`;
  const page = el('div.stack');
  replace(byId('page'), page);
  shown = new PAGES[tab](page, attempt, decodeURIComponent(rest.join('/')));
  shown.start();
}

/** Does something that may fail and tells the operator when it does; then the answer is undefined. */
async function attempt(action) {
  try {
    const result = await action();
    complain(null);
    return result;
  } catch (error) {
    if (error.status === 401) {
      showLogin(true);
    } else if (error.name !== 'AbortError') {
      complain(error);
    }
    return undefined;
  }
}

function complain(error) {
  byId('banner').hidden = error === null;
  replace(byId('banner'), error && el('p', {}, error.message));
}

function showLogin(needsKey) {
  shown?.stop();
  byId('tabs').hidden = true;
  if (!needsKey) {
    replace(byId('page'), el('div.login', {}, el('h1', {}, 'Operator'),
      el('p', {}, 'These pages are open on the server’s own machine only. To log in from elsewhere, set an operator key (Server:OperatorKey) and restart.')));
    return;
  }
  const key = el('input.text-input', { type: 'password', id: 'key', autocomplete: 'current-password', required: true });
  const form = el('form.login', {}, el('h1', {}, 'Operator'), el('div.field', {}, el('label', { for: 'key' }, 'Operator key'), key),
    el('button.button.primary', { type: 'submit' }, 'Log in'));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    try {
      await call('POST', '/api/operator/login', { key: key.value });
      location.reload();
    } catch (error) {
      complain(error);
      key.select();
    }
  });
  replace(byId('page'), form);
  key.focus();
}

start();
