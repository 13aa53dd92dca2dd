// The slice at a fixed weight decay (S1) or at a fixed product of learning rate and weight decay
// (S2). src/report/slices.cpp has computed the points and the widths.

const strategies = {
  weight_decay: {name: 'S1: fixed weight decay', held: 'weight decay', sign: 'wd'},
  product: {name: 'S2: fixed lr × wd', held: 'learning rate × weight decay', sign: 'lr × wd'},
};

class SliceView {
  /** `moved()` is called when another slice is shown. */
  constructor(result, moved) {
    this.result = result;
    this.moved = moved;
    this.places = {};  // The shown slice of each strategy.
    this.strategy = 'weight_decay';
    const group = freshId('strategy');
    this.radios = Object.entries(strategies).map(([key, {name}]) => {
      const radio = element('input', {
        type: 'radio',
        name: group,
        value: key,
        checked: key === this.strategy,
        onchange: () => {
          this.strategy = key;
          this.refresh();
        }
      });
      return {key, radio, label: element('label', {}, radio, ` ${name}`)};
    });
    this.output = element('output', {class: 'held'});
    this.slider = element('input', {
      type: 'range',
      min: '0',
      step: '1',
      'aria-label': 'place of the slice',
      oninput: () => this.move(Number(this.slider.value))
    });
    this.curve = new CurvePlot('Loss along the slice; arrow keys move between points');
    this.answers = element('div');
    this.note = element('p', {class: 'note'});
    this.section = element(
        'section', {class: 'slice-view'}, element('h3', {}, 'Slice'),
        element(
            'fieldset', {}, element('legend', {class: 'visually-hidden'}, 'strategy'),
            this.radios.map(({label}) => label)),
        element('div', {class: 'slider'}, this.slider, this.output), this.curve.plot, this.note,
        this.answers);
  }

  /** `data.slices[strategy]`: summaries and, for products, points. */
  show(map, data) {
    this.map = map;
    this.data = data;
    for (const {key, radio} of this.radios) {
      radio.disabled = !map.slices[key];
      if (map.slices[key]) this.places[key] = map.slices[key].first;
    }
    if (!map.slices[this.strategy]) this.strategy = 'weight_decay';
    for (const {key, radio} of this.radios) radio.checked = key === this.strategy;
    this.refresh();
  }

  get held() {
    return this.map.slices[this.strategy].held;
  }
  get value() {
    return this.held[this.places[this.strategy]];
  }

  move(place) {
    this.places[this.strategy] = place;
    this.refresh();
  }

  /**
   * Moves to the slice at a place of the map: through its row of cells, or at the nearest product.
   */
  moveTo(rate, decay, row) {
    const distance = (product) => Math.abs(Math.log(product / (rate * decay)));
    const place = this.strategy === 'weight_decay' ?
        row :
        d3.scan(this.held, (a, b) => distance(a) - distance(b));
    if (place >= 0 && place !== this.places[this.strategy]) this.move(place);
  }

  /** The path of the line over the map. */
  path(x, y) {
    const [left, right] = x.place.range();
    if (this.strategy === 'weight_decay') return `M${left},${y.at(this.value)}H${right}`;
    const decayAt = (pixel) => this.value / x.valueAt(pixel);
    return `M${left},${y.at(decayAt(left))}L${right},${y.at(decayAt(right))}`;
  }

  points() {
    const {learning_rates: rates, weight_decays: decays} = this.result;
    const place = this.places[this.strategy];
    const numbers = this.strategy === 'product' ? this.data.slices.product.points : this.data;
    const points = [];
    rates.forEach((x, i) => {
      const at = this.strategy === 'product' ? place * rates.length + i : i * decays.length + place;
      const kind = this.strategy === 'product' ? numbers.kind[at] : 1;
      if (kind === 0 || !(x > 0)) return;
      const y = numbers.mean[at], error = numbers.error[at], isBetween = kind === 2;
      const decay = this.strategy === 'product' ? this.value / x : decays[place];
      points.push({
        x,
        y,
        error,
        open: isBetween,
        lines: [
          lossText(y, error), `exactly ${exactText(y)}`,
          Number.isFinite(error) ? `standard error ${exactText(error)}` : 'no standard error',
          `lr ${shortNumber(x)}, wd ${shortNumber(decay)}`,
          ...(isBetween ? ['interpolated between two weight decays'] : [])
        ]
      });
    });
    return points;
  }

  refresh() {
    const place = this.places[this.strategy];
    this.slider.max = this.held.length - 1;
    this.slider.value = place;
    this.slider.disabled = this.held.length < 2;
    const {held, sign} = strategies[this.strategy];
    this.output.textContent = `${sign} ${shortNumber(this.value)}`;
    this.slider.setAttribute('aria-label', held);
    this.slider.setAttribute('aria-valuetext', shortNumber(this.value));
    const summary = this.data.slices[this.strategy].summaries[place];
    this.answers.replaceChildren(
        summary.answers.length > 0 ? list(summary.answers) :
                                     element('p', {}, 'no loss on this slice is finite'));
    this.drawCurve(summary);
    this.moved();
  }

  drawCurve(summary) {
    const points = this.points();
    const losses = points.map((point) => point.y);
    const isCurve = points.length > 1 && losses.some(Number.isFinite);
    this.curve.plot.hidden = this.note.hidden = !isCurve;
    if (!isCurve) return;
    const logarithmic = losses.filter(Number.isFinite).every((loss) => loss > 0);
    const usual = this.map.scales.mean.high ?? Infinity;
    const limit = losses.some((loss) => loss <= usual) ? usual : Infinity;
    const ends = points.flatMap((point) => [point.y - point.error, point.y + point.error])
                     .filter((end) => Number.isFinite(end) && (!logarithmic || end > 0));
    const rates = this.result.learning_rates.filter((rate) => rate > 0);
    const beyond = [
      losses.some((loss) => loss > limit && loss < Infinity) && '^ above the plot',
      losses.includes(Infinity) && '/ diverged',
      points.some((point) => point.open) && 'open points are interpolated',
      summary.width && 'shaded: the learning rates whose loss is within 2 % of the expected best'
    ].filter(Boolean);
    this.note.textContent = beyond.join('; ');
    this.curve.show({
      x: {name: 'learning rate', logarithmic: true, domain: roomyDomain(rates, true)},
      y: {
        name: 'validation loss',
        logarithmic,
        domain: roomyDomain([...losses, ...ends], logarithmic, limit)
      },
      ranges: summary.ranges ?? [],
      series: [{points, color: 'var(--accent)', look: 'points'}],
    });
  }
}
