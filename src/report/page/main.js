// Builds the page.

let maps = [];  // The panels of the maps.

function mapChoices(panels) {
  const hasErrors = description.scales.all.error.low !== null;
  const offered = statistics.filter(({key}) => key !== 'error' || hasErrors);
  const control = choice(
      'Cells show the', offered.map(({name}) => name), 0,
      (index) => panels.forEach((panel) => panel.recolor(offered[index])));
  const note = hasErrors ? '' :
                           element(
                               'span', {class: 'note'},
                               'No cell has two finite losses, so there are no standard errors.');
  const scales = offeredScales();
  const scale = scales.length < 2 ?
      null :
      choice(
          'Colour scale', scales.map(({name}) => name), 0,
          (index) => panels.forEach((panel) => panel.recolor(undefined, scales[index].key)));
  return element(
      'nav', {class: 'toolbar', 'aria-label': 'What the maps show'}, control, scale, note);
}

function summaryText(sweeps, bounds, cells) {
  const parts = [];
  if (sweeps.length > 0)
    parts.push(`${counted(d3.sum(sweeps, (one) => one.maps.length), 'map')} with ${
        counted(cells, 'cell')}`);
  if (bounds.length > 0) parts.push(counted(bounds.length, 'result') + ' of lrscape bound');
  return `${
      parts.join(
          ', ')}. Point at a cell for its exact values, click it for its seeds, drag the line for slices.`;
}

/** Which results are not compared, and why. */
function notCompared(reasons) {
  const most = 12;
  const shown = reasons.slice(0, most);
  if (reasons.length > most) shown.push(`and ${counted(reasons.length - most, 'further pair')}`);
  return element(
      'section', {class: 'panel not-compared'}, element('h2', {}, 'Not compared'), list(shown));
}

async function build() {
  const main = document.getElementById('main');
  if (typeof DecompressionStream === 'undefined') {
    main.append(element(
        'p', {},
        'This browser is too old for this page: it has no DecompressionStream (Chrome 103, ' +
            'Firefox 113, Safari 16.4).'));
    return;
  }
  palette = await loadArray(description.palette);
  const sweeps = description.results.filter((result) => result.kind === 'sweep');
  const bounds = description.results.filter((result) => result.kind === 'bound');
  const cells = d3.sum(
      sweeps, (one) => one.maps.length * one.learning_rates.length * one.weight_decays.length);
  const summary = document.getElementById('summary');
  summary.textContent = summaryText(sweeps, bounds, cells);
  if (sweeps.length === 0) summary.textContent = 'Point at a curve for its exact values.';

  maps = sweeps.flatMap((result) => result.optimizers.map((_, k) => new MapPanel(result, k)));
  const comparisons =
      description.comparisons.length > 0 ? [new ComparisonPanel(description.comparisons)] : [];
  const panels = [...maps, ...comparisons, ...bounds.map((result) => new BoundPanel(result))];
  if (maps.length > 0) main.append(mapChoices(maps));
  main.append(element(
      'div', {class: `panels${panels.length === 1 ? ' single' : ''}`},
      panels.map((panel) => panel.section)));
  if (description.not_compared.length > 0) main.append(notCompared(description.not_compared));
  main.append(commandsSection(), ...description.results.map(resultDetails));
  openForPrinting();
  fillFooter(document.getElementById('footer'));
  await Promise.all(panels.map((panel) => panel.load()));
  main.removeAttribute('aria-busy');
}

build();
