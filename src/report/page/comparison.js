// Two results on their common cells, as `lrscape compare` shows them.

const verdictNames =
    ['not in both, or diverged in both', 'no clear difference', '1 is better', '2 is better'];
const verdictColors = ['--not-run', '--neither', '--first', '--second'];

class ComparisonPanel {
  /** Shows one of several comparisons, with a choice among them. */
  constructor(comparisons) {
    this.comparisons = comparisons;
    this.names = element('span', {class: 'path'});
    this.content = element('div');
    const texts = comparisons.map(({first, second}) => `${first} and ${second}`);
    this.section = element(
        'article', {class: 'panel comparison', 'aria-busy': 'true'},
        element('h2', {}, 'Comparison ', this.names),
        comparisons.length > 1 ?
            element(
                'div', {class: 'choices'},
                choice('of', texts, 0, (index) => this.show(comparisons[index]))) :
            null,
        this.content);
    onThemeChange(() => this.recolor());
  }

  load() {
    return this.show(this.comparisons[0]);
  }

  async show(comparison) {
    this.comparison = comparison;
    const data = await loadArrays(comparison);
    if (comparison !== this.comparison) return;  // Another one has been chosen meanwhile.
    this.data = data;
    this.names.textContent =
        this.comparisons.length > 1 ? '' : `${comparison.first} and ${comparison.second}`;
    this.heatmap = new Heatmap({
      rates: comparison.learning_rates,
      decays: comparison.weight_decays,
      label: `Comparison of ${comparison.first} and ${
          comparison.second}: arrow keys move between cells`,
      describe: (i, j) => this.describe(i, j),
      pick: () => {},
    });
    this.key = element('div', {class: 'color-key'});
    const warning = comparison.warning && element('p', {class: 'warning'}, comparison.warning);
    this.content.replaceChildren(element(
        'div', {class: 'columns'},
        element('div', {class: 'map-column'}, this.heatmap.plot, this.key),
        element(
            'div', {class: 'side-column'}, warning, list(comparison.answers),
            element(
                'p', {class: 'note'},
                'A result is better in a cell if the difference, seed by seed, is beyond two standard ' +
                    'errors, or if only the other result diverged.'))));
    this.section.removeAttribute('aria-busy');
    this.recolor();
  }

  recolor() {
    if (!this.data) return;
    const colors = verdictColors.map(themeColor);
    const verdicts =
        Float64Array.from(this.data.verdict, (verdict) => (verdict === 0 ? NaN : verdict));
    this.heatmap.color(verdicts, (verdict) => colors[verdict]);
    const shown = [1, 2, 3, 0].filter((verdict) => this.data.verdict.includes(verdict));
    this.key.replaceChildren(...shown.map(
        (verdict) => swatch(
            (size) => (verdict === 0 ? specialPaints(size).notRun : () => colors[verdict]),
            verdictNames[verdict])));
  }

  describe(i, j) {
    const {learning_rates: rates, weight_decays: decays} = this.comparison;
    const cell = i * decays.length + j;
    const difference = this.data.difference[cell], error = this.data.error[cell],
          verdict = this.data.verdict[cell];
    const place = [`lr ${exactText(rates[i])}`, `wd ${exactText(decays[j])}`];
    if (verdict === 0) return [verdictNames[0], ...place];
    if (!Number.isFinite(difference))
      return [`only result ${difference > 0 ? 1 : 2} diverged`, verdictNames[verdict], ...place];
    return [
      `1 minus 2: ${withError(difference, error)}`, `exactly ${exactText(difference)}`,
      Number.isFinite(error) ? `standard error ${exactText(error)}` : 'no standard error',
      verdictNames[verdict], ...place
    ];
  }
}
