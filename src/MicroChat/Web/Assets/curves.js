// Draws one diagram as SVG: curves over steps, a band from the lowest to the highest value, and the values under the pointer.

import { el, replace, svg } from './dom.js';

const WIDTH = 480;
const HEIGHT = 230;
const LEFT = 50;
const RIGHT = 12;
const TOP = 10;
const BOTTOM = 26;

/**
 * A figure with a title, a legend with the newest values, and the curves.
 * @param {string} title
 * @param {Array<{name: string, curve: {step: number[], mean: number[], low: number[], high: number[], notFinite: number}}>} series
 */
export function chart(title, series) {
  const steps = series.flatMap(({ curve }) => [curve.step[0], curve.step.at(-1)]);
  const x = axis(Math.min(...steps), Math.max(...steps), LEFT, WIDTH - RIGHT, 4, true);
  const y = axis(Math.min(...series.flatMap(({ curve }) => curve.low)), Math.max(...series.flatMap(({ curve }) => curve.high)), HEIGHT - BOTTOM, TOP, 4, false);
  const legend = el('span.legend');
  showValues(legend, series, null);
  const cursor = svg('line.cursor', { y1: TOP, y2: HEIGHT - BOTTOM, visibility: 'hidden' });
  const picture = svg('svg', { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': spoken(title, series) },
    ...y.ticks.flatMap((tick) => [svg('line.grid', { x1: LEFT, x2: WIDTH - RIGHT, y1: y.place(tick), y2: y.place(tick) }),
      svg('text', { x: LEFT - 6, y: y.place(tick), dy: '.35em', 'text-anchor': 'end' }, label(tick))]),
    svg('line.axis', { x1: LEFT, x2: WIDTH - RIGHT, y1: HEIGHT - BOTTOM, y2: HEIGHT - BOTTOM }),
    ...x.ticks.map((tick) => svg('text', { x: x.place(tick), y: HEIGHT - BOTTOM + 17, 'text-anchor': 'middle' }, label(tick))),
    ...series.flatMap(({ curve }, i) => lines(curve, i, x, y)),
    cursor);
  follow(picture, cursor, legend, series, x);
  return el('figure.card.chart', {}, el('figcaption', {}, title, legend), picture);
}

function lines(curve, i, x, y) {
  const at = (value, k) => `${x.place(curve.step[k]).toFixed(1)},${y.place(value).toFixed(1)}`;
  const high = curve.high.map(at);
  const low = curve.low.map(at).reverse();
  return [svg(`polygon.s${i % 4}`, { points: [...high, ...low].join(' ') }), svg(`polyline.s${i % 4}`, { points: curve.mean.map(at).join(' ') })];
}

/** Shows the values of the step under the pointer; without a pointer the newest. */
function follow(picture, cursor, legend, series, x) {
  picture.addEventListener('pointermove', (event) => {
    const box = picture.getBoundingClientRect();
    const step = x.value(((event.clientX - box.left) / box.width) * WIDTH);
    const shown = showValues(legend, series, step);
    cursor.setAttribute('x1', x.place(shown));
    cursor.setAttribute('x2', x.place(shown));
    cursor.setAttribute('visibility', 'visible');
  });
  picture.addEventListener('pointerleave', () => {
    showValues(legend, series, null);
    cursor.setAttribute('visibility', 'hidden');
  });
}

/** @returns {number} The step whose values are shown. */
function showValues(legend, series, step) {
  let shown = 0;
  replace(legend, step !== null && el('span', {}, ''), ...series.map(({ name, curve }, i) => {
    const at = step === null ? curve.step.length - 1 : nearest(curve.step, step);
    shown = curve.step[at];
    return el('span', {}, el(`i.s${i % 4}`), `${name} ${label(curve.mean[at])}${curve.notFinite > 0 ? ` (${curve.notFinite} not finite)` : ''}`);
  }));
  if (step !== null) {
    legend.firstChild.textContent = `step ${shown.toLocaleString()}`;
  }
  return shown;
}

function nearest(steps, step) {
  let low = 0;
  let high = steps.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    [low, high] = steps[middle] <= step ? [middle, high] : [low, middle];
  }
  return step - steps[low] <= steps[high] - step ? low : high;
}

/** A linear axis with round ticks. */
function axis(low, high, from, to, intervals, whole) {
  const room = high > low ? 0 : Math.max(Math.abs(low) * 0.1, whole ? 1 : 1e-6);
  const bottom = low - room;
  const span = high + room - bottom;
  const power = 10 ** Math.floor(Math.log10(span / intervals));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((s) => span / s <= intervals * 1.5);
  const ticks = [];
  for (let k = Math.ceil(bottom / step - 1e-9); k * step <= bottom + span * (1 + 1e-9); k += 1) {
    ticks.push(k * step);
  }
  return {
    ticks,
    place: (value) => from + ((value - bottom) / span) * (to - from),
    value: (position) => bottom + ((position - from) / (to - from)) * span,
  };
}

/** A number as a reader wants it: 1.5M, 12k, 0.25, 3e-4. */
export function label(value) {
  const size = Math.abs(value);
  if (size === 0) return '0';
  if (size >= 1e9) return `${trim(value / 1e9, 2)}G`;
  if (size >= 1e6) return `${trim(value / 1e6, 2)}M`;
  if (size >= 1e4) return `${trim(value / 1e3, 1)}k`;
  if (size >= 100) return trim(value, 1);
  if (size >= 0.01) return trim(value, size >= 1 ? 3 : 4);
  return value.toExponential(1).replace('.0e', 'e');
}

function trim(value, digits) {
  return String(Number(value.toFixed(digits)));
}

function spoken(title, series) {
  const parts = series.map(({ name, curve }) => `${name} from ${label(curve.mean[0])} at step ${curve.step[0]} to ${label(curve.mean.at(-1))} at step ${curve.step.at(-1)}`);
  return `${title}: ${parts.join('; ')}`;
}
