// Builds DOM nodes. Text only ever becomes a text node: nothing in this page parses HTML.

const SVG = 'http://www.w3.org/2000/svg';

/**
 * An element with properties and children.
 * @param {string} tag Name, optionally with classes: "div.card.wide".
 * @param {object} [properties] Attributes; "onclick" and the like take functions; null, undefined and false are left out.
 * @param {...(Node|string|null|undefined|false)} children Strings become text.
 */
export function el(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElement(name);
  node.classList.add(...classes);
  fill(node, properties, children);
  return node;
}

/** An SVG element; the same arguments as {@link el}. */
export function svg(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const node = document.createElementNS(SVG, name);
  node.classList.add(...classes);
  fill(node, properties, children);
  return node;
}

/** One of the pictures in icons.svg. */
export function icon(name) {
  return svg('svg.icon', { 'aria-hidden': 'true' }, svg('use', { href: `/assets/icons.svg#${name}` }));
}

/** A round button that shows only a picture. */
export function iconButton(name, label, properties) {
  return el('button.icon-button', { type: 'button', 'aria-label': label, title: label, ...properties }, icon(name));
}

export function byId(id) {
  return document.getElementById(id);
}

/** Takes out whatever a node holds and puts these children in. */
export function replace(node, ...children) {
  node.replaceChildren(...children.filter(isChild));
}

function fill(node, properties, children) {
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) {
      continue;
    }
    if (key === 'class') {
      node.classList.add(...value.split(' '));
    } else if (key.startsWith('on')) {
      node.addEventListener(key.slice(2), value);
    } else {
      node.setAttribute(key, value === true ? '' : String(value));
    }
  }
  node.append(...children.filter(isChild));
}

function isChild(child) {
  return child !== null && child !== undefined && child !== false;
}

let lastId = 0;

/** An id that is used nowhere else in the page. */
export function freshId(prefix) {
  lastId += 1;
  return `${prefix}-${lastId}`;
}

const dateFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' });
const momentFormat = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' });

/** "just now", "5 minutes ago", "yesterday", or a date. */
export function ago(iso, now = Date.now()) {
  const minutes = Math.round((now - Date.parse(iso)) / 60000);
  if (minutes < 1) return 'just now';
  if (minutes < 60) return `${minutes} min ago`;
  if (minutes < 24 * 60) return `${Math.round(minutes / 60)} h ago`;
  return minutes < 48 * 60 ? 'yesterday' : dateFormat.format(new Date(iso));
}

/** Date and time in the reader's own way. */
export function moment(iso) {
  return momentFormat.format(new Date(iso));
}

/** The name of a model's generation for people: "name@3" becomes "name, generation 3". */
export function generationName(version) {
  const at = version.lastIndexOf('@');
  return at < 0 ? version : `${version.slice(0, at)}, generation ${version.slice(at + 1)}`;
}
