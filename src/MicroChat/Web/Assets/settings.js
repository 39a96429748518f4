// Persona, temperature, consent and look. Persona and temperature are kept in this browser, consent on the server.

import { byId } from './dom.js';
import { call } from './api.js';
import { announce } from './announce.js';
import { confirmLoss } from './confirm.js';

const KEY = 'microchat-settings';

/** What the next message is sent with. */
export class Settings {
  /** @param {{forgotten: () => void, failed: (error: Error) => void}} actions */
  constructor(actions) {
    this.actions = actions;
    this.system = '';
    this.temperature = null;
    this.twoReplies = false;
    this.training = null;
    this.load();
  }

  /** Fills the panel with what the server says and connects it. */
  start(session) {
    this.training = session.training ?? null;
    const slider = byId('temperature');
    slider.value = this.temperature ?? session.temperature;
    byId('temperature-value').textContent = Number(slider.value).toFixed(2);
    slider.addEventListener('input', () => {
      this.temperature = Number(slider.value);
      byId('temperature-value').textContent = this.temperature.toFixed(2);
      this.save();
    });
    const system = byId('system');
    system.value = this.system;
    system.addEventListener('input', () => {
      this.system = system.value;
      this.save();
    });
    const two = byId('two-replies');
    two.checked = this.twoReplies;
    two.addEventListener('change', () => {
      this.twoReplies = two.checked;
      this.save();
    });
    byId('open-settings').addEventListener('click', () => byId('settings').showModal());
    byId('forget-me').addEventListener('click', () => this.forgetMe());
    this.startConsent();
    startTheme();
  }

  startConsent() {
    byId('consent-yes').addEventListener('click', () => this.setTraining(true));
    byId('consent-no').addEventListener('click', () => this.setTraining(false));
    byId('consent-switch').addEventListener('change', (event) => this.setTraining(event.target.checked));
    this.showConsent();
  }

  async setTraining(training) {
    try {
      await call('PUT', '/api/consent', { training });
      this.training = training;
      announce(training ? 'Your chats may be used for training.' : 'Your chats are kept out of training.');
    } catch (error) {
      this.actions.failed(error);
    }
    const asked = !byId('consent').hidden;
    this.showConsent();
    if (asked) {
      byId('message').focus();
    }
  }

  showConsent() {
    byId('consent').hidden = this.training !== null;
    byId('consent-switch').checked = this.training === true;
  }

  async forgetMe() {
    const sure = await confirmLoss('Delete everything about you?', 'All your conversations, ratings and choices are removed from this server for good.', 'Delete everything');
    if (!sure) {
      return;
    }
    try {
      await call('POST', '/api/forget-me');
    } catch (error) {
      this.actions.failed(error);
      return;
    }
    this.training = null;
    this.showConsent();
    byId('settings').close();
    announce('Everything about you was deleted.');
    this.actions.forgotten();
  }

  load() {
    try {
      const saved = JSON.parse(localStorage.getItem(KEY) ?? '{}');
      this.system = typeof saved.system === 'string' ? saved.system : '';
      this.temperature = Number.isFinite(saved.temperature) ? saved.temperature : null;
      this.twoReplies = saved.twoReplies === true;
    } catch {
      // without storage, or with a damaged entry, the defaults hold
    }
  }

  save() {
    try {
      localStorage.setItem(KEY, JSON.stringify({ system: this.system, temperature: this.temperature, twoReplies: this.twoReplies }));
    } catch {
      // the settings then last until the page is left
    }
  }
}

/** Connects the choice of look in the panel and the button beside it. */
export function startTheme() {
  const theme = window.microchatTheme;
  for (const radio of document.querySelectorAll('input[name="theme"]')) {
    radio.checked = radio.value === theme.get();
    radio.addEventListener('change', () => theme.set(radio.value));
  }
  byId('theme').addEventListener('click', () => {
    const next = theme.shown() === 'dark' ? 'light' : 'dark';
    theme.set(next);
    for (const radio of document.querySelectorAll('input[name="theme"]')) {
      radio.checked = radio.value === next;
    }
    announce(next === 'dark' ? 'Dark colours.' : 'Light colours.');
  });
}
