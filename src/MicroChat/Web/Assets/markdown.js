// The little Markdown that a chat needs: paragraphs, fenced code, lists, inline code and bold. Everything else stays text.
// The source is never parsed as HTML: it becomes DOM nodes, and its characters become text nodes.

import { el } from './dom.js';

const FENCE = /^ {0,3}```\s*([\w+#.-]{0,30})\s*$/;
const FENCE_END = /^ {0,3}```\s*$/;
const BULLET = /^ {0,3}[-*•] +(.*)$/;
const NUMBER = /^ {0,3}(\d{1,9})[.)] +(.*)$/;

/** Renders a text. @returns {DocumentFragment} */
export function render(source) {
  const lines = source.replace(/\r\n?/g, '\n').split('\n');
  const out = document.createDocumentFragment();
  for (let at = 0; at < lines.length;) {
    if (lines[at].trim() === '') {
      at += 1;
      continue;
    }
    const [node, next] = FENCE.test(lines[at]) ? code(lines, at)
      : BULLET.test(lines[at]) ? list(lines, at, 'ul', BULLET, 1)
        : NUMBER.test(lines[at]) ? list(lines, at, 'ol', NUMBER, 2)
          : paragraph(lines, at);
    out.append(node);
    at = next;
  }
  return out;
}

/** A fence that is still open (the reply is streaming) reaches to the end. */
function code(lines, first) {
  const language = FENCE.exec(lines[first])[1];
  let end = first + 1;
  while (end < lines.length && !FENCE_END.test(lines[end])) {
    end += 1;
  }
  const text = lines.slice(first + 1, end).join('\n');
  const block = el('pre', { tabindex: 0, 'aria-label': language ? `Code, ${language}` : 'Code' }, el('code', {}, text));
  return [block, end + 1];
}

function list(lines, first, tag, pattern, group) {
  const node = el(tag);
  let at = first;
  for (; at < lines.length && pattern.test(lines[at]); at += 1) {
    const item = el('li');
    inline(item, pattern.exec(lines[at])[group]);
    node.append(item);
  }
  if (tag === 'ol') {
    node.start = Number(NUMBER.exec(lines[first])[1]);
  }
  return [node, at];
}

function paragraph(lines, first) {
  const node = el('p');
  let at = first;
  for (; at < lines.length && lines[at].trim() !== '' && (at === first || !startsBlock(lines[at])); at += 1) {
    if (at > first) {
      node.append(el('br'));
    }
    inline(node, lines[at]);
  }
  return [node, at];
}

function startsBlock(line) {
  return FENCE.test(line) || BULLET.test(line) || NUMBER.test(line);
}

/** Inline code first, bold in what is left; unpaired marks stay as they are. One pass, no backtracking. */
function inline(node, text) {
  const parts = text.split('`');
  if (parts.length % 2 === 0) {
    const tail = parts.pop();
    parts.push(`${parts.pop()}\`${tail}`);
  }
  parts.forEach((part, i) => (i % 2 === 1 ? node.append(el('code', {}, part)) : bold(node, part)));
}

function bold(node, text) {
  const parts = text.split('**');
  if (parts.length % 2 === 0) {
    const tail = parts.pop();
    parts.push(`${parts.pop()}**${tail}`);
  }
  parts.forEach((part, i) => part !== '' && node.append(i % 2 === 1 ? el('strong', {}, part) : part));
}
