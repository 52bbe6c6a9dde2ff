// SPDX-License-Identifier: GPL-2.0-only
//
// Draws the page of a finding from the JSON in it (harness/cli/explain_page.cc says what is there). All text goes in as
// text, never as markup.
'use strict';

// For whoever checks the page without a person: what went wrong stands in the document.
addEventListener('error', (event) => { document.documentElement.dataset.error = event.message; });

const data = JSON.parse(document.getElementById('data').textContent);
const LINE = data.line;
const PAGE = 4096;
const OWNERS = { cpu: 'C', device: 'D', both: 'B', nobody: '' };
const OWNER_WORDS = { cpu: 'the CPU', device: 'the device', both: 'both at once', nobody: 'nobody: not mapped' };
// What stands above each column.
const GLYPHS = {
  'alloc': 'A', 'free': 'F', 'map': 'M', 'unmap': 'U', 'sync-for-cpu': 'S↑', 'sync-for-device': 'S↓',
  'mapping-error': '?', 'cpu-read': 'r', 'cpu-write': 'w', 'device-read': 'R', 'device-write': 'W',
  'pool-alloc': 'A', 'pool-free': 'F', 'unbound': '⏏', 'violation': '✕',
};

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) if (child !== null && child !== undefined) element.append(child);
  return element;
}
const el = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);

const hex = (number) => '0x' + number.toString(16);
const isWrong = (step) => step.kind === 'violation';
const letterOf = (index) => String.fromCharCode(65 + index);
function operationName(operation) {
  if (operation.number === '') return operation.text;
  const closing = operation.number.startsWith('closing ');
  return closing ? `closing op ${operation.number.slice(8)}` : `op ${operation.number}`;
}

// Of a finding that no event is about, the last thing that happened.
let now = data.violation ?? (data.finding ? Math.max(0, data.steps.length - 1) : 0);
const watchers = [];
function go(step) {
  if (!data.steps.length) return;
  now = Math.min(Math.max(step, 0), data.steps.length - 1);
  for (const watch of watchers) watch(data.steps[now]);
}

// ---- What it is

function heading() {
  const f = data.finding;
  const fact = (name, ...value) => el('div', {}, el('dt', {}, name), el('dd', {}, ...value));
  const wide = (item) => { item.className = 'wide'; return item; };
  const tree = [`Linux ${data.kernel}`];
  if (data.overlay) tree.push(` with overlay ${data.overlay}`);
  const facts = el('dl', { class: 'facts' },
    fact('Target', el('code', {}, data.target)),
    fact('Kernel tree', ...tree),
    fact('Input', el('code', {}, data.input)));
  if (f && f.debug) {
    const words = f.debug === 'said' ? `it says: ${f.debug_words}`
      : f.debug === 'silent' ? 'silent: it does not see this' : 'not asked: it has no hook for this';
    facts.append(wide(fact('The kernel’s own checker, dma-debug', words)));
  }
  if (f && f.key) facts.append(fact('Key', el('code', {}, f.key)));
  if (!f) {
    return el('header', { class: 'card' },
      el('div', { class: 'kicker' }, el('span', { class: 'badge clean' }, 'no finding'), 'dmafuzz'),
      el('h1', {}, data.input), el('p', { class: 'summary' }, 'The input runs clean. This is what it did to the memory that it mapped.'), facts);
  }
  return el('header', { class: 'card' },
    el('div', { class: 'kicker' }, el('span', { class: `badge ${f.severity}` }, f.severity), `found by ${f.tool}`),
    el('h1', {}, f.id),
    el('p', { class: 'place' }, f.function ? `in ${f.function}` : '', f.place ? el('span', { class: 'soft' }, `  ${f.place}`) : null),
    el('p', { class: 'summary' }, f.summary), facts);
}

// ---- Timeline

// From byte to pixel: what nothing happens in takes little room, however long.
function scaleOf(index) {
  const strip = data.strips[index];
  const edges = new Set([0, strip.size]);
  const add = (spans) => { for (const s of spans) if (s[0] === index) { edges.add(s[1]); edges.add(s[2]); } };
  for (const step of data.steps) { add(step.owners); add(step.touched); }
  for (const part of strip.parts) { edges.add(part.lo); edges.add(part.hi); }
  const bytes = [...edges].sort((a, b) => a - b);
  const crowded = bytes.length > 40;
  const heights = bytes.slice(1).map((end, i) => {
    const height = (crowded ? 5 : 13) + 8 * Math.log2(end - bytes[i] + 1);
    return Math.min(height, crowded ? 30 : 84);
  });
  // A strip that is all of one kind still shows what is marked in it.
  const least = 64 / heights.reduce((a, b) => a + b, 0);
  const starts = [0];
  heights.forEach((height, i) => starts.push(starts[i] + height * Math.max(1, least)));
  const y = (byte) => {
    let i = 0;
    while (i + 2 < bytes.length && bytes[i + 1] <= byte) ++i;
    return starts[i] + (starts[i + 1] - starts[i]) * (byte - bytes[i]) / (bytes[i + 1] - bytes[i]);
  };
  return { edges: bytes, y, height: starts[starts.length - 1] };
}

const TOP = 52;       // operations and glyphs
const TITLE = 24;     // of a strip
const AXIS = 96;

function layout() {
  let at = TOP;
  return data.strips.map((strip, i) => {
    const scale = scaleOf(i);
    const top = at + TITLE;
    at = top + scale.height + 10;
    return { strip, top, edges: scale.edges, height: scale.height, y: (byte) => top + scale.y(byte) };
  });
}

// Cache lines and pages that begin inside of the strip, as offsets.
function* boundaries(strip) {
  for (let at = (LINE - strip.in_line) % LINE; at <= strip.size; at += LINE) {
    if (at > 0 && at < strip.size) yield { at, page: (strip.in_page + at) % PAGE === 0 };
  }
}

function axis(rows, height) {
  const out = svg('svg', { class: 'axis', width: AXIS, height, 'aria-hidden': 'true' });
  out.append(svg('text', { x: 10, y: 19, class: 'soft' }, 'operation'), svg('text', { x: 10, y: 42, class: 'soft' }, 'event'));
  rows.forEach((row, i) => {
    out.append(svg('text', { x: 10, y: row.top - 8, class: 'letter' }, `memory ${letterOf(i)}`));
    let last = -Infinity;
    for (const byte of row.edges) {
      const y = row.y(byte);
      out.append(svg('line', { class: 'tick', x1: AXIS - 6, x2: AXIS, y1: y, y2: y }));
      const closing = row.y(row.strip.size) - y < 11 && byte !== row.strip.size;
      if (y - last < 11 || closing) continue;
      out.append(svg('text', { x: AXIS - 10, y: y + 4, 'text-anchor': 'end', class: 'soft' }, `+${byte}`));
      last = y;
    }
  });
  return out;
}

function patterns() {
  return svg('defs', {},
    svg('pattern', { id: 'device', width: 8, height: 8, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      svg('rect', { width: 8, height: 8, style: 'fill: var(--device)' }),
      svg('rect', { width: 1.6, height: 8, style: 'fill: var(--device-mark)' })),
    svg('pattern', { id: 'both', width: 7, height: 7, patternUnits: 'userSpaceOnUse' },
      svg('rect', { width: 7, height: 7, style: 'fill: var(--both)' }),
      svg('circle', { cx: 3.5, cy: 3.5, r: 1.2, style: 'fill: var(--both-mark)' })));
}

function operationBands(out, width) {
  let first = 0, odd = false;
  for (let i = 1; i <= data.steps.length; ++i) {
    if (i < data.steps.length && data.steps[i].operation === data.steps[first].operation) continue;
    const operation = data.operations[data.steps[first].operation];
    const text = operation ? operationName(operation) : '–';
    const room = (i - first) * width;
    out.append(svg('rect', { class: odd ? 'band odd' : 'band', x: first * width, y: 0, width: room, height: TOP - 24 }));
    const full = operation && operation.number !== '' ? `${text}  ${operation.text}` : text;
    const fits = (words) => words.length * 6.7 < room - 10;
    const short = text.replace(/^op /, '').replace('closing op ', 'c');
    const shown = fits(full) ? full : fits(text) ? text : fits(short) ? short : '';
    out.append(svg('text', { x: first * width + 6, y: 19 }, shown));
    out.append(svg('line', { class: 'tick', x1: i * width, x2: i * width, y1: 0, y2: TOP - 24 }));
    first = i;
    odd = !odd;
  }
}

function ownership(out, row, index, width) {
  let before = [];
  data.steps.forEach((step, column) => {
    const spans = step.owners.filter((span) => span[0] === index);
    for (const [, lo, hi, owner] of spans) {
      const y = row.y(lo), height = row.y(hi) - y;
      out.append(svg('rect', { class: `owner-${owner}`, x: column * width, y, width: width + 0.4, height }));
      const was = before.find((span) => span[1] === lo && span[2] === hi);
      if (OWNERS[owner] && height >= 11 && (!was || was[3] !== owner)) {
        out.append(svg('text', { class: `letter ${owner}`, x: column * width + 9, y: y + Math.min(17, height / 2 + 4) }, OWNERS[owner]));
      }
    }
    before = spans;
  });
}

function grid(out, row, whole) {
  for (const { at, page } of boundaries(row.strip)) {
    const y = row.y(at);
    if (!page && y - row.y(Math.max(at - LINE, 0)) < 8) continue;  // too close to tell apart
    out.append(svg('line', { class: page ? 'page-edge' : 'line-edge', x1: 0, x2: whole, y1: y, y2: y }));
  }
  for (const part of row.strip.parts) {
    for (const byte of [part.lo, part.hi]) {
      out.append(svg('line', { class: 'tick', x1: 0, x2: whole, y1: row.y(byte), y2: row.y(byte) }));
    }
  }
  out.append(svg('rect', { x: 0, y: row.top, width: whole, height: row.height, fill: 'none', style: 'stroke: var(--rule)' }));
}

function arrow(x, top, bottom, up) {
  const y = up ? top : bottom, d = up ? 6 : -6;
  return `M${x} ${top}V${bottom}M${x - 5} ${y + d}L${x} ${y}L${x + 5} ${y + d}`;
}

function marks(out, rows, column, width) {
  const step = data.steps[column];
  const middle = (column + 0.5) * width;
  for (const [index, lo, hi] of step.touched) {
    const row = rows[index];
    const top = row.y(lo), bottom = row.y(hi);
    const height = Math.max(bottom - top, 4);
    if (isWrong(step)) {
      const x = column * width + 4, right = (column + 1) * width - 4;
      out.append(svg('rect', { class: 'wrong-box', x, y: top, width: right - x, height }));
      const r = Math.min(7, height / 2 - 1, width / 2 - 6);
      if (r > 2) {
        const y = top + height / 2;
        out.append(svg('path', { class: 'wrong-box', d: `M${middle - r} ${y - r}l${2 * r} ${2 * r}m0 ${-2 * r}l${-2 * r} ${2 * r}` }));
      }
      continue;
    }
    switch (step.kind) {
      case 'cpu-read': case 'cpu-write': case 'device-read': case 'device-write': {
        const how = step.kind.endsWith('write') ? 'write' : 'read';
        const by = step.kind.startsWith('cpu');
        out.append(svg('rect', { class: `mark ${how}`, x: middle - 8, y: top + 1, width: 16, height: Math.max(height - 2, 3), rx: by ? 8 : 1 }));
        if (height >= 14) {
          out.append(svg('text', { class: `mark-text ${how}`, x: middle, y: top + height / 2 + 3.5, 'text-anchor': 'middle' }, GLYPHS[step.kind]));
        }
        break;
      }
      case 'sync-for-cpu': case 'sync-for-device':
        out.append(svg('path', { class: 'sync', d: arrow(middle, top + 2, bottom - 2, step.kind === 'sync-for-cpu') }));
        break;
      case 'map': case 'pool-alloc':
        out.append(svg('path', { class: 'edge', d: `M${column * width + width * 0.5} ${top + 1}H${column * width + 2}V${bottom - 1}H${column * width + width * 0.5}` }));
        break;
      case 'unmap': case 'pool-free':
        out.append(svg('path', { class: 'edge', d: `M${column * width + width * 0.5} ${top + 1}H${(column + 1) * width - 2}V${bottom - 1}H${column * width + width * 0.5}` }));
        break;
      default:
        out.append(svg('line', { class: 'edge memory', x1: middle, x2: middle, y1: top, y2: bottom }));
    }
  }
}

const tip = el('div', { id: 'tip', 'aria-hidden': 'true' });
function showTip(event, column) {
  const step = data.steps[column];
  tip.replaceChildren(el('div', {}, `${column + 1}. ${step.sentence}`),
    step.who ? el('div', { class: 'mono' }, `${step.who.function}  ${step.who.place}`) : '');
  tip.style.visibility = 'visible';
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.min(event.clientX + 14, innerWidth - box.width - 8)}px`;
  tip.style.top = `${event.clientY + 18 + box.height > innerHeight ? event.clientY - box.height - 12 : event.clientY + 18}px`;
}

function drawTimeline(holder) {
  const rows = layout();
  const last = rows[rows.length - 1];
  const height = last.top + last.height + 10;
  const count = data.steps.length;
  const room = holder.clientWidth - AXIS - 2;
  const width = Math.min(Math.max(room / count, 28), 260);
  const whole = Math.max(width * count, room);
  const out = svg('svg', {
    width: whole, height, role: 'img',
    'aria-label': `Who owned the memory after each of ${count} events. The table of events below says the same in words.`,
  }, patterns());
  operationBands(out, width);
  rows.forEach((row, i) => {
    out.append(svg('text', { x: 6, y: row.top - 8, class: 'soft' }, row.strip.what || `physical ${row.strip.phys}`));
    ownership(out, row, i, width);
    grid(out, row, width * count);
  });
  data.steps.forEach((step, column) => {
    if (!isWrong(step)) return;
    out.append(svg('rect', { class: 'wrong-wash', x: column * width, y: TOP - 24, width, height: height - TOP + 24 }));
  });
  data.steps.forEach((step, column) => {
    const group = isWrong(step) ? svg('g', { id: 'violation' }) : out;
    marks(group, rows, column, width);
    const x = (column + 0.5) * width;
    group.append(svg('text', { class: isWrong(step) ? 'wrong-text' : 'glyph', x, y: 43, 'text-anchor': 'middle', 'font-size': 13 }, GLYPHS[step.kind]));
    if (group !== out) out.append(group);
  });
  const cursor = svg('rect', { class: 'now', y: TOP - 23, width: width - 2, height: height - TOP + 22, rx: 4 });
  data.steps.forEach((step, column) => {
    out.append(svg('rect', {
      class: 'column', x: column * width, y: TOP - 24, width, height: height - TOP + 24,
      onclick: () => go(column), onmousemove: (event) => showTip(event, column),
      onmouseleave: () => { tip.style.visibility = 'hidden'; },
    }));
  });
  out.append(cursor);
  const scroll = el('div', { class: 'scroll' }, out);
  holder.replaceChildren(axis(rows, height), scroll);
  return () => {
    cursor.setAttribute('x', now * width + 1);
    const left = now * width - scroll.scrollLeft;
    if (left < 0 || left + width > scroll.clientWidth) scroll.scrollLeft = now * width - scroll.clientWidth / 2 + width / 2;
  };
}

function legend() {
  const box = (owner, letter, words) => el('li', {},
    svg('svg', { width: 24, height: 16, 'aria-hidden': 'true' },
      svg('rect', { class: `owner-${owner}`, width: 24, height: 16, rx: 3, style: 'stroke: var(--rule)' }),
      svg('text', { class: `letter ${owner}`, x: 12, y: 12, 'text-anchor': 'middle' }, letter)), words);
  const sign = (shape, words) => el('li', {}, svg('svg', { width: 18, height: 16, 'aria-hidden': 'true' }, ...shape), words);
  const mark = (how, rx, text) => [svg('rect', { class: `mark ${how}`, x: 1, y: 1, width: 16, height: 14, rx }),
    svg('text', { class: `mark-text ${how}`, x: 9, y: 11.5, 'text-anchor': 'middle' }, text)];
  return el('ul', { class: 'legend', 'aria-label': 'Legend' },
    box('cpu', 'C', 'the CPU owns it'), box('device', 'D', 'the device owns it'), box('both', 'B', 'both may use it'),
    box('nobody', '', 'not mapped'),
    sign(mark('read', 8, 'r'), 'CPU reads'), sign(mark('write', 8, 'w'), 'CPU writes'),
    sign(mark('read', 1, 'R'), 'device reads'), sign(mark('write', 1, 'W'), 'device writes'),
    sign([svg('path', { class: 'sync', d: arrow(9, 2, 14, false) })], 'sync for the device'),
    sign([svg('path', { class: 'sync', d: arrow(9, 2, 14, true) })], 'sync for the CPU'),
    sign([svg('line', { class: 'edge memory', x1: 9, x2: 9, y1: 0, y2: 16 })], 'memory allocated (A), freed (F); ? dma_mapping_error()'),
    sign([svg('path', { class: 'edge', d: 'M9 2H3V14H9' })], 'map'),
    sign([svg('path', { class: 'edge', d: 'M9 2H15V14H9' })], 'unmap'),
    sign([svg('rect', { class: 'wrong-box', x: 2, y: 2, width: 14, height: 12 }), svg('path', { class: 'wrong-box', d: 'M6 5l6 6m0-6l-6 6' })], 'the violation'));
}

function timeline() {
  const holder = el('div', { class: 'timeline' });
  const slider = el('input', { type: 'range', min: 1, max: data.steps.length, 'aria-label': 'Event', oninput: (e) => go(e.target.value - 1) });
  const count = el('span', { class: 'count small' });
  const previous = el('button', { type: 'button', onclick: () => go(now - 1) }, '← Previous');
  const next = el('button', { type: 'button', onclick: () => go(now + 1) }, 'Next →');
  const wrong = data.violation === null ? null
    : el('button', { type: 'button', class: 'wrong', onclick: () => go(data.violation) }, '✕ The violation');
  let follow = () => {};
  watchers.push((step) => {
    slider.value = now + 1;
    slider.setAttribute('aria-valuetext', step.sentence);
    count.textContent = `${now + 1} of ${data.steps.length}`;
    previous.disabled = now === 0;
    next.disabled = now === data.steps.length - 1;
    follow();
  });
  let drawn = 0;
  const draw = () => {
    if (holder.clientWidth === drawn) return;
    drawn = holder.clientWidth;
    follow = drawTimeline(holder);
    follow();
  };
  new ResizeObserver(draw).observe(holder);
  addEventListener('load', draw);
  const section = el('section', { class: 'card', 'aria-labelledby': 'timeline-title' },
    el('div', { class: 'head' }, el('h2', { id: 'timeline-title' }, 'Who owned which bytes, event by event'),
      el('div', { class: 'controls' }, slider, count, previous, next, wrong,
        el('span', { class: 'small soft' }, el('kbd', {}, '←'), ' ', el('kbd', {}, '→')))),
    holder, legend());
  return { section, draw };
}

// ---- Program and step

function program() {
  const stepsOf = new Map();
  data.steps.forEach((step, i) => {
    const line = step.operation === null ? -1 : data.operations[step.operation].line;
    if (line >= 0 && !stepsOf.has(line)) stepsOf.set(line, i);
  });
  const wrong = data.violation === null ? null : data.steps[data.violation].operation;
  const wrongLine = wrong === null ? -1 : data.operations[wrong].line;
  const numbers = new Map(data.operations.map((operation) => [operation.line, operation.number]));
  const list = el('ol', { class: 'program' });
  const items = data.program.map((text, line) => {
    const has = stepsOf.has(line);
    const item = el('li', { class: `${has ? 'has ' : ''}${line === wrongLine ? 'wrong' : ''}`, onclick: has ? () => go(stepsOf.get(line)) : null },
      el('span', {}, numbers.get(line) ?? ''), el('span', {}, text));
    list.append(item);
    return item;
  });
  const where = el('p', { class: 'small soft' });
  watchers.push((step) => {
    const operation = step.operation === null ? null : data.operations[step.operation];
    items.forEach((item, line) => {
      const here = operation !== null && operation.line === line;
      item.classList.toggle('now', here);
      if (here) item.setAttribute('aria-current', 'step'); else item.removeAttribute('aria-current');
      if (here && (item.offsetTop < list.scrollTop || item.offsetTop + item.offsetHeight > list.scrollTop + list.clientHeight)) {
        list.scrollTop = item.offsetTop - list.clientHeight / 2;
      }
    });
    where.textContent = operation && operation.line >= 0 ? ''
      : operation ? `This event: ${operationName(operation)}  ${operation.text}` : 'This event is outside of the operations.';
  });
  return el('section', { class: 'card', 'aria-labelledby': 'program-title' },
    el('div', { class: 'head' }, el('h2', { id: 'program-title' }, data.program.length && data.program[0].startsWith('life') ? 'The life' : 'The program'),
      el('span', { class: 'small soft' }, 'click an operation to go there')),
    list, where);
}

function sourceBox(index) {
  if (index === null || index === undefined) return null;
  const source = data.sources[index];
  const pre = el('pre', { tabindex: 0, 'aria-label': `${source.file}, line ${source.line}` });
  source.lines.forEach((text, i) => {
    const line = source.first + i;
    pre.append(el('div', { class: line === source.line ? 'at' : null }, el('span', { class: 'no' }, line), text || ' '));
  });
  const tree = /^(shims|harness|fuzzers)\//.test(source.file) ? 'dmafuzz' : `Linux ${data.kernel}`;
  return el('div', { class: 'source' }, el('div', { class: 'file' }, `${source.file}:${source.line}  (${tree})`), pre);
}

// Frames of the harness, one after the other, are one line.
function frameList(frames) {
  const list = el('ol', { class: 'frames' });
  for (let i = 0; i < frames.length; ++i) {
    let end = i;
    while (end < frames.length && frames[end].of === 'harness') ++end;
    if (end - i > 1) {
      list.append(el('li', { class: 'ours' }, el('details', {}, el('summary', {}, `${end - i} frames of the harness`), frames.slice(i, end).map(frameLine))));
      i = end - 1;
    } else {
      list.append(el('li', { class: frames[i].of === 'kernel' ? null : 'ours' }, frameLine(frames[i])));
    }
  }
  return list;
}
const frameLine = (frame) => el('div', { class: 'frame' }, el('span', {}, frame.function), el('span', { class: 'soft' }, frame.place));

function detail() {
  const body = el('div', { class: 'detail' });
  const title = el('h2', { id: 'step-title' });
  const live = el('p', { class: 'sentence', 'aria-live': 'polite' });
  watchers.push((step) => {
    title.textContent = `Event ${now + 1} of ${data.steps.length}`;
    live.textContent = step.sentence;
    live.className = isWrong(step) ? 'sentence wrong' : 'sentence';
    const facts = el('dl', { class: 'facts', style: 'margin: 0; padding: 0; border: 0' });
    const fact = (name, value) => facts.append(el('div', {}, el('dt', {}, name), el('dd', { class: 'mono' }, value)));
    const operation = step.operation === null ? null : data.operations[step.operation];
    if (operation) fact('Operation', operation.number === '' ? operation.text : `${operation.number}: ${operation.text}`);
    if (step.mapping !== null) {
      const m = data.mappings[step.mapping];
      fact(`Mapping ${step.mapping}`, `${m.kind}, ${m.direction}, ${m.size} bytes`);
      fact('Its DMA address', m.dma);
      fact('Device', `${m.device}${m.snoops ? '' : ', does not snoop caches'}`);
    }
    if (step.elsewhere) fact('Where', step.elsewhere);
    if (step.who) fact('By', `${step.who.function}, ${step.who.place}`);
    body.replaceChildren(live, facts);
    const source = sourceBox(step.source);
    if (source) body.append(source);
    if (step.stack.length) {
      body.append(el('details', { open: open_ }, el('summary', {}, `Stack, ${step.stack.length} frames`), frameList(step.stack)));
      body.lastChild.addEventListener('toggle', (event) => { open_ = event.target.open; });
    }
  });
  return el('section', { class: 'card', 'aria-labelledby': 'step-title' }, el('div', { class: 'head' }, title), body);
}
let open_ = false;  // the stack, from step to step

// ---- Memory

// The line's bytes as runs: [lo, hi, owner], owner null outside of the strip.
function runsOf(strip, spans, from) {
  const runs = [];
  const add = (lo, hi, owner) => { if (hi > lo) runs.push([lo, hi, owner]); };
  add(from, Math.min(0, from + LINE), null);
  for (const [, lo, hi, owner] of spans) add(Math.max(lo, from), Math.min(hi, from + LINE), owner);
  add(Math.max(strip.size, from), from + LINE, null);
  return runs;
}

function memoryOf(strip, index, step) {
  const out = [];
  const spans = step.owners.filter((span) => span[0] === index);
  const hits = step.touched.filter((span) => span[0] === index);
  const start = BigInt(strip.phys);
  let same = null, skipped = 0;
  const flush = () => {
    if (skipped) out.push(el('div', { class: 'same' }, `${skipped} more line${skipped > 1 ? 's' : ''} like that`));
    skipped = 0;
  };
  for (let from = -strip.in_line; from < strip.size; from += LINE) {
    const address = start + BigInt(from);
    const runs = runsOf(strip, spans, from);
    const here = hits.filter(([, lo, hi]) => lo < from + LINE && hi > from);
    const page = address % BigInt(PAGE) === 0n || from <= 0;
    // Touched whole or not at all.
    const even = here.every(([, lo, hi]) => lo <= from && hi >= from + LINE);
    const key = even && runs.length === 1 ? `${runs[0][2]} ${here.length}` : null;
    if (key !== null && key === same && !page) { ++skipped; continue; }
    flush();
    same = key;
    if (page) out.push(el('div', { class: 'page' }, `page ${hex(address - address % BigInt(PAGE))}`));
    const bar = el('div', { class: 'line', role: 'img', 'aria-label': runs.map(([lo, hi, owner]) => `bytes ${lo - from} to ${hi - from}: ${owner ? OWNER_WORDS[owner] : 'beyond'}`).join(', ') });
    for (const [lo, hi, owner] of runs) {
      bar.append(el('i', { class: owner ?? 'beyond', style: `flex: ${hi - lo} 0 0`, title: `+${lo}..+${hi}: ${owner ? OWNER_WORDS[owner] : 'not of this memory'}` },
        owner && OWNERS[owner] && hi - lo > 2 ? el('b', {}, OWNERS[owner]) : null));
    }
    for (const [, lo, hi] of here) {
      const left = Math.max(lo - from, 0), right = Math.min(hi - from, LINE);
      bar.append(el('span', { class: isWrong(step) ? 'hit wrong' : 'hit', style: `left: ${left / LINE * 100}%; width: ${(right - left) / LINE * 100}%` }));
    }
    out.push(el('div', { class: 'row' }, el('span', {}, hex(address)), bar));
  }
  flush();
  return out;
}

function memory() {
  const holder = el('div', { class: 'memory' });
  watchers.push((step) => {
    holder.replaceChildren(...data.strips.flatMap((strip, i) => [
      el('h3', { style: 'margin-top: 10px' }, `Memory ${letterOf(i)}${strip.what ? `: ${strip.what}` : ''}`),
      ...memoryOf(strip, i, step)]));
  });
  return el('section', { class: 'card', 'aria-labelledby': 'memory-title' },
    el('div', { class: 'head' }, el('h2', { id: 'memory-title' }, 'Memory map'),
      el('span', { class: 'small soft' }, `after this event; a row is a cache line of ${LINE} bytes, addresses are physical`)),
    holder);
}

// ---- Events, stacks, commands

function events() {
  const rows = data.steps.map((step, i) => {
    const operation = step.operation === null ? null : data.operations[step.operation];
    return el('tr', { class: isWrong(step) ? 'wrong' : null, onclick: () => go(i) },
      el('td', {}, i + 1), el('td', { class: 'mono' }, operation ? operationName(operation) : ''),
      el('td', {}, isWrong(step) ? '✕ ' : '', step.sentence, step.elsewhere ? `, ${step.elsewhere}` : ''),
      el('td', { class: 'mono' }, step.who ? `${step.who.function}  ${step.who.place}` : ''));
  });
  const holder = el('div', { class: 'events', tabindex: 0, role: 'region', 'aria-labelledby': 'events-title' },
    el('table', {}, el('thead', {}, el('tr', {}, ['', 'Operation', 'What happened', 'Who'].map((word) => el('th', { scope: 'col' }, word)))), el('tbody', {}, rows)));
  watchers.push(() => {
    rows.forEach((row, i) => {
      row.classList.toggle('now', i === now);
      if (i === now) row.setAttribute('aria-current', 'step'); else row.removeAttribute('aria-current');
    });
    const row = rows[now], top = row.offsetTop;
    if (top < holder.scrollTop + 30 || top + row.offsetHeight > holder.scrollTop + holder.clientHeight) holder.scrollTop = top - holder.clientHeight / 2;
  });
  return el('section', { class: 'card', 'aria-labelledby': 'events-title' },
    el('div', { class: 'head' }, el('h2', { id: 'events-title' }, 'All events of this memory')), holder);
}

function stacks() {
  const boxes = data.stacks.map((stack, i) => el('details', { open: i === 0 || i === 1 },
    el('summary', {}, stack.title[0].toUpperCase() + stack.title.slice(1)), sourceBox(stack.source), frameList(stack.frames)));
  return el('section', { class: 'card', 'aria-labelledby': 'stacks-title' },
    el('div', { class: 'head' }, el('h2', { id: 'stacks-title' }, 'Stacks'),
      el('span', { class: 'small soft' }, 'frames of the harness and of the shims are dimmed')),
    data.finding.object.length ? el('p', { class: 'small', style: 'margin-bottom: 12px' }, `The memory: ${data.finding.object.join('; ')}`) : null,
    el('div', { class: 'stacks' }, boxes));
}

function commands() {
  return el('section', { class: 'card', 'aria-labelledby': 'commands-title' },
    el('div', { class: 'head' }, el('h2', { id: 'commands-title' }, 'See it again')),
    data.commands.map(({ what, command }) => [
      el('h3', {}, what),
      el('div', { class: 'command' }, el('code', {}, command),
        navigator.clipboard ? el('button', { type: 'button', onclick: (event) => {
          navigator.clipboard.writeText(command).then(() => { event.target.textContent = 'Copied'; });
        } }, 'Copy') : null)]));
}

function notes() {
  if (!data.notes.length) return null;
  return el('section', { class: 'card', 'aria-labelledby': 'notes-title' },
    el('div', { class: 'head' }, el('h2', { id: 'notes-title' }, 'What is not shown')),
    el('ul', { class: 'notes' }, data.notes.map((note) => el('li', {}, note))));
}

const page = document.getElementById('page');
page.append(heading());
if (data.steps.length && data.strips.length) {
  const { section, draw } = timeline();
  page.append(section, el('div', { class: 'pair' }, program(), detail()), memory(), events());
  document.body.append(tip);
  draw();
  go(now);
  addEventListener('keydown', (event) => {
    if (event.target.matches('input, textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: data.steps.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    go(to);
  });
} else {
  page.append(el('section', { class: 'card' }, 'Nothing was mapped, so that there is no timeline.'),
    data.program.length ? el('section', { class: 'card' }, el('h2', {}, 'The program'), el('pre', {}, data.program.join('\n'))) : '');
}
page.append(notes() ?? '', data.finding ? stacks() : '', commands(),
  el('footer', {}, `Written by dmafuzz explain. Source lines are those of Linux ${data.kernel} in ${data.tree}${data.overlay ? `, with the files of ${data.overlay} in their place` : ''}, as they were when this page was written.`));
