// Elements of the page. Text from a result only ever becomes text, never HTML.

/** An element with properties, "on..." listeners, attributes (all others) and children. */
function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on'))
      made.addEventListener(name.slice(2), value);
    else if (value === true)
      made.setAttribute(name, '');
    else if (value !== false && value !== undefined)
      made.setAttribute(name, value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null));
  return made;
}

function list(sentences) {
  return element('ul', {class: 'answers'}, sentences.map((one) => element('li', {}, one)));
}

/** A table. `columns` are its headings; the first text of each row is the heading of that row. */
function table(caption, columns, rows) {
  // A long text can be broken after each comma.
  const parts = (text) => text.split(/(?<=,)/).flatMap((part) => [part, element('wbr')]);
  const heading = (text, scope) => element('th', {scope}, parts(text));
  return element(
      'table', {}, element('caption', {}, caption),
      element('thead', {}, element('tr', {}, columns.map((text) => heading(text, 'col')))),
      element(
          'tbody', {},
          rows.map(
              ([first, ...rest]) => element(
                  'tr', {}, heading(first, 'row'),
                  rest.map((text, k) => element('td', {'data-label': columns[k + 1]}, text))))));
}

/** A part of the page that scrolls sideways, also by the keyboard. */
function scroller(label, content) {
  return element(
      'div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label}, content);
}

let elementCount = 0;
function freshId(name) {
  return `${name}-${++elementCount}`;
}

/** A labelled choice. `options` are the texts; onchange gets the index of the chosen one. */
function choice(label, options, chosen, onchange) {
  const id = freshId('choice');
  const select = element(
      'select', {id, onchange: () => onchange(select.selectedIndex)},
      options.map((text) => element('option', {}, text)));
  select.selectedIndex = chosen;
  return element('span', {class: 'choice'}, element('label', { for: id
                 }, label), select);
}

/** Calls draw(width) now and whenever the width of the element changes. */
function drawAtWidth(container, draw) {
  let width = 0;
  const update = () => {
    const found = Math.floor(container.clientWidth);
    if (found > 0 && found !== width) draw((width = found));
  };
  new ResizeObserver(update).observe(container);
  update();
}

/** A box beside a point of a plot that tells numbers. Screen readers announce it. */
class Tooltip {
  /** dismiss() hides the box and the mark of its point; Escape calls it wherever the focus is. */
  constructor(plot, dismiss) {
    this.box = element('div', {class: 'tooltip', role: 'status', hidden: true});
    plot.append(this.box);
    this.plot = plot;
    this.dismiss = dismiss;
  }

  /**
   * Shows lines beside a point, the first one in bold. `x` and `y` count from the plot's corner.
   */
  show(lines, x, y) {
    this.box.replaceChildren(
        ...lines.map((line, k) => element(k === 0 ? 'strong' : 'span', {}, line)));
    this.box.hidden = false;
    openTooltips.add(this);
    const {offsetWidth: width, offsetHeight: height} = this.box;
    const gap = 14, room = this.plot.clientWidth;
    const left =
        x + gap + width <= room ? x + gap : Math.max(0, Math.min(x - gap - width, room - width));
    const isBeside = x + gap + width <= room || x - gap - width >= 0;
    const top = isBeside ? y - height / 2 : y > height + gap ? y - height - gap : y + gap;
    this.box.style.transform =
        `translate(${Math.round(left)}px, ${Math.round(Math.max(-8, top))}px)`;
  }

  hide() {
    this.box.hidden = true;
    openTooltips.delete(this);
  }
}

const openTooltips = new Set();
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape')
    for (const tooltip of [...openTooltips]) tooltip.dismiss();
});
