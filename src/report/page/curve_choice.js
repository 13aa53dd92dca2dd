// Which of many curves a plot draws. Each drawn curve has a colour and a dash of its own.

const curveColors = d3.range(5).map((k) => `var(--curve-${k})`);
const curveDashes = [null, '7 4', '2 3', '10 3 2 3'];
const usualCurves = 8, mostCurves = curveColors.length * curveDashes.length;

class CurveChoice {
  /** changed() is called when other curves are chosen. */
  constructor(changed) {
    this.changed = changed;
    this.names = [];
    this.looks = new Map();  // The number of its look, by the name of a drawn curve.
    this.summary = element('summary');
    this.filter = element('input', {
      type: 'search',
      'aria-label': 'list only curves whose name contains',
      placeholder: 'part of a name',
      oninput: () => this.fillList()
    });
    this.list = element('div', {class: 'curve-list'});
    this.section =
        element('details', {class: 'curve-choice'}, this.summary, this.filter, this.list);
    this.key = element('div', {class: 'color-key'});
  }

  /**
   * Offers curves {name, family}, best first. Of a new set, draws the best of each family and the
   * best others.
   */
  offer(curves) {
    const names = curves.map(({name}) => name);
    if (names.join('\n') !== this.names.join('\n')) {
      const families = new Set();
      const isFirst = ({family}) => !families.has(family) && families.add(family);
      const leaders = curves.filter(isFirst);
      const others = curves.filter((curve) => !leaders.includes(curve));
      const usual = [...leaders, ...others].slice(0, usualCurves).map(({name}) => name);
      this.names = names;
      this.looks =
          new Map(names.filter((name) => usual.includes(name)).map((name, look) => [name, look]));
      this.filter.value = '';
    }
    this.section.hidden = names.length < 2;
    this.refresh();
  }

  /** {color, dash} of a curve; undefined if it is not drawn. */
  look(name) {
    const look = this.looks.get(name);
    if (look === undefined) return undefined;
    const color = curveColors[look % curveColors.length];
    return {color, dash: curveDashes[Math.floor(look / curveColors.length)]};
  }

  toggle(name) {
    const used = new Set(this.looks.values());
    if (!this.looks.delete(name))
      this.looks.set(name, d3.range(mostCurves).find((look) => !used.has(look)));
    this.refresh();
    this.changed();
  }

  refresh() {
    const drawn = this.names.filter((name) => this.looks.has(name));
    const most = drawn.length === mostCurves ? ', which is the most' : '';
    this.summary.textContent = `Choose curves: ${drawn.length} of ${
        grouped(this.names.length)} drawn${most}; the list begins with the best`;
    this.key.replaceChildren(...drawn.map((name) => {
      const {color, dash} = this.look(name);
      const stroke = d3.create('svg').attr('class', 'stroke').attr('width', 32).attr('height', 4);
      stroke.append('path')
          .attr('d', 'M0,2H32')
          .style('stroke', color)
          .attr('stroke-dasharray', dash);
      return element('span', {class: 'key'}, stroke.node(), name);
    }));
    this.fillList();
  }

  fillList() {
    const most = 200, part = this.filter.value.toLowerCase();
    const found = this.names.filter((name) => name.toLowerCase().includes(part));
    const isFull = this.looks.size === mostCurves;
    this.list.replaceChildren(...found.slice(0, most).map((name) => {
      const checked = this.looks.has(name);
      const box = element('input', {
        type: 'checkbox',
        checked,
        disabled: isFull && !checked,
        onchange: () => {
          this.toggle(name);
          this.list.querySelectorAll('input')[found.indexOf(name)]?.focus();
        }
      });
      return element('label', {}, box, ` ${name}`);
    }));
    if (found.length > most)
      this.list.append(element('p', {class: 'note'}, `and ${grouped(found.length - most)} more`));
  }
}
