// One optimizer of one result: its map, answers, slices and cells. Further axes of the result
// choose among its maps.

class MapPanel {
  constructor(result, optimizer) {
    this.result = result;
    this.place = [optimizer, ...result.axes.map(() => 0)];
    this.statistic = statistics[0];
    this.sharing = offeredScales()[0].key;
    this.slice = new SliceView(result, () => this.moveLine());
    this.cell = new CellView(result);
    this.heatmap = new Heatmap({
      rates: result.learning_rates,
      decays: result.weight_decays,
      label: `Map of ${result.path}, ${
          result.optimizers
              [optimizer]}: arrow keys move between cells, Enter shows the seeds of a cell`,
      describe: (i, j) => this.describe(i, j),
      pick: (i, j) => this.pick(i, j),
    });
    this.key = element('div');
    onThemeChange(() => this.recolor());
    this.answers = element('div');
    this.table = element(
        'details', {class: 'table', ontoggle: () => this.fillTable()},
        element('summary', {}, 'Table of all cells'));
    const axes = result.axes.map(
        (axis, k) => choice(axis.name.replaceAll('_', ' '), axis.labels, 0, (index) => {
          this.place[k + 1] = index;
          this.load();
        }));
    this.section = element(
        'article', {
          class: 'panel',
          'aria-busy': 'true',
          'data-columns': result.learning_rates.length,
          'data-rows': result.weight_decays.length
        },
        element(
            'h2', {}, result.optimizers[optimizer], ' ',
            element('span', {class: 'path'}, result.path)),
        axes.length > 0 ? element('div', {class: 'choices'}, axes) : null,
        element(
            'div', {class: 'columns'},
            element(
                'div', {class: 'map-column'}, this.heatmap.plot, this.key, this.answers,
                this.table),
            element('div', {class: 'side-column'}, this.slice.section, this.cell.section)));
  }

  get map() {
    return this.result.maps.find((map) => map.place.every((index, k) => index === this.place[k]));
  }

  /** Loads the arrays of the chosen map, and shows it. */
  async load() {
    const {map} = this;
    const data = await loadArrays(map.cells);
    data.curves = await loadArrays(map.curves);
    data.slices = {};
    for (const [strategy, slices] of Object.entries(map.slices))
      data.slices[strategy] = {
        summaries: await loadArray(slices.summaries),
        points: await loadArrays(slices.points)
      };
    if (map !== this.map) return;  // Another one has been chosen meanwhile.
    this.data = data;
    this.section.removeAttribute('aria-busy');
    this.answers.replaceChildren(list(map.answers.sentences));
    this.table.open = false;
    this.table.querySelector('table, p')?.remove();
    this.heatmap.mark((group, x, y) => this.drawMarks(group, x, y));
    this.recolor();
    this.slice.show(map, data);
    this.pick(...(this.heatmap.chosen ?? this.bestCell() ?? [0, 0]));
  }

  bestCell() {
    const {best} = this.map.answers;
    return best && [
      this.result.learning_rates.indexOf(best.learning_rate),
      this.result.weight_decays.indexOf(best.weight_decay)
    ];
  }

  /** The numbers of all cells in the chosen statistic: infinity is diverged, NaN blank. */
  numbers(key) {
    const {mean, error, losses} = this.data;
    if (key === 'mean') return mean;
    if (key === 'error')
      return error.map((one, cell) => (mean[cell] === Infinity ? Infinity : one));
    if (this.data[key]) return this.data[key];
    const seeds = this.result.seeds.length;
    const choose = key === 'least' ? d3.min : d3.max;  // Both skip NaN.
    return mean.map((_, cell) => choose(losses.subarray(cell * seeds, (cell + 1) * seeds)) ?? NaN);
  }

  /** `sharing` is a key of scaleChoices. */
  recolor(statistic = this.statistic, sharing = this.sharing) {
    this.statistic = statistic;
    this.sharing = sharing;
    if (!this.data) return;
    const numbers = this.numbers(statistic.key);
    this.shown = numbers;
    const scale = scalesOf(this.map, sharing)[statistic.key];
    this.heatmap.color(numbers, (number) => colorOf(number, scale));
    const blank = !numbers.some(Number.isNaN) ? '' :
        statistic.key === 'error'             ? 'not run, or one seed and no error' :
                                                'not run';
    this.key.replaceChildren(
        colorKey(
            scale, statistic.title,
            {diverged: numbers.includes(Infinity), blank, shared: sharedText(this.map, sharing)}),
        element(
            'p', {class: 'note'}, this.map.answers.best ? '★ best mean' : '',
            this.map.answers.ridge.length > 0 ?
                '; white line: best weight decay of each learning rate' :
                ''));
  }

  drawMarks(group, x, y) {
    const {best, ridge} = this.map.answers;
    const line = d3.line().x(([rate]) => x.at(rate)).y(([, decay]) => y.at(decay));
    const points = ridge.filter(([rate, decay]) => rate > 0 && decay > 0);
    for (const name of ['ridge-edge', 'ridge'])
      group.append('path').attr('class', name).attr('d', line(points));
    if (!best) return;
    const place = `${x.at(best.learning_rate)},${y.at(best.weight_decay)}`;
    group.append('path')
        .attr('class', 'star')
        .attr('d', d3.symbol().type(d3.symbolStar).size(90)())
        .attr('transform', `translate(${place})`);
  }

  moveLine() {
    const {learning_rates: rates} = this.result;
    if (this.slice.strategy === 'product' && rates.filter((rate) => rate > 0).length < 2)
      return this.heatmap.setLine(null);
    this.heatmap.setLine(
        {path: (x, y) => this.slice.path(x, y), moved: (...at) => this.slice.moveTo(...at)});
  }

  describe(i, j) {
    const {learning_rates: rates, weight_decays: decays} = this.result;
    const cell = i * decays.length + j;
    const mean = this.data.mean[cell], error = this.data.error[cell];
    const lines = [lossText(mean, error)];
    if (Number.isFinite(mean)) lines.push(`exactly ${exactText(mean)}`);
    if (Number.isFinite(error)) lines.push(`standard error ${exactText(error)}`);
    lines.push(runsText(this.result, this.data.runs[cell], mean));
    if (this.statistic.key === 'least' || this.statistic.key === 'most') {
      const isSingle = (this.data.losses ?? this.data.least) instanceof Float32Array;
      const number = this.shown[cell];
      lines.push(`${this.statistic.name}: ${
          Number.isFinite(number) ? exactText(number, isSingle) : lossText(number)}`);
    }
    return [...lines, `lr ${exactText(rates[i])}`, `wd ${exactText(decays[j])}`];
  }

  pick(i, j) {
    this.heatmap.choose(i, j);
    this.cell.show(this.map, this.data, i, j);
  }

  fillTable() {
    if (!this.table.open || this.table.querySelector('table, p')) return;
    const {learning_rates: rates, weight_decays: decays} = this.result;
    const most = 5000;
    if (rates.length * decays.length > most) {
      this.table.append(element(
          'p', {},
          `The map has more than ${grouped(most)} cells; lrscape export prints all of them.`));
      return;
    }
    const caption =
        'Mean validation loss ± standard error: learning rates to the right, weight decays down';
    const short = (value) => shortNumber(value, 3);
    const rows = decays.map((decay, j) => [short(decay), ...rates.map((_, i) => {
                              const cell = i * decays.length + j;
                              return lossText(this.data.mean[cell], this.data.error[cell]);
                            })]);
    this.table.append(
        scroller('all cells', table(caption, ['wd \\ lr', ...rates.map(short)], rows)));
  }
}
