// Models: which there are, which one replies, where each came from; promoting one and rolling back.

import { el, generationName, moment, replace } from './dom.js';
import { call } from './api.js';
import { announce } from './announce.js';
import { confirmLoss } from './confirm.js';
import { label } from './curves.js';
import { render } from './markdown.js';

/** The page under "#models". */
export class ModelsPage {
  constructor(root, attempt) {
    this.root = root;
    this.attempt = attempt;
  }

  async start() {
    const list = await this.attempt(() => call('GET', '/api/operator/models'));
    if (list) {
      this.show(list);
    }
  }

  stop() {
    // nothing runs on
  }

  show({ models, canRollBack }) {
    replace(this.root,
      el('div.head', {}, el('h1', {}, 'Models'),
        canRollBack && el('button.button', { type: 'button', onclick: () => this.rollBack() }, 'Roll back to the one before')),
      el('ol.lineage', {}, ...models.map((model) => this.entry(model))));
  }

  entry(model) {
    const node = el('li', {}, el('article.card.stack', {},
      el('div.head', {}, el('h2', {}, generationName(model.generation)), model.live ? el('span.tag.live', {}, 'replies now')
        : el('button.button.compact', { type: 'button', onclick: () => this.promote(model) }, 'Promote')),
      el('dl.facts', {}, ...facts(model).flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])),
      model.card && el('details', {}, el('summary', {}, 'Model card'), el('div.prose', {}, render(model.card)))));
    node.classList.toggle('live', model.live);
    return node;
  }

  async promote(model) {
    const sure = await confirmLoss(`Let ${generationName(model.generation)} reply?`, 'New messages get the new model at once; replies under way end with the old one. You can roll back.', 'Promote');
    if (sure) {
      await this.change(() => call('POST', '/api/operator/models/promote', { model: model.id }), `${generationName(model.generation)} replies now.`);
    }
  }

  async rollBack() {
    const sure = await confirmLoss('Roll back?', 'The model that replied before this one replies again.', 'Roll back');
    if (sure) {
      await this.change(() => call('POST', '/api/operator/models/roll-back'), 'Rolled back.');
    }
  }

  async change(action, done) {
    const list = await this.attempt(action);
    if (list) {
      this.show(list);
      announce(done);
    }
  }
}

function facts(model) {
  return [
    model.parent && ['From', generationName(model.parent)],
    model.created && ['Made', moment(model.created)],
    model.parameters && ['Weights', label(model.parameters)],
    model.contextTokens && ['Context', `${model.contextTokens.toLocaleString()} tokens`],
    model.note && ['Note', model.note],
  ].filter(Boolean);
}
