// The seeds and the loss curve of one cell.

class CellView {
  constructor(result) {
    this.result = result;
    this.heading = element('h3', {}, 'Cell');
    this.facts = element('p', {class: 'facts'});
    this.seeds = element('div', {class: 'seeds'});
    this.note = element(
        'p', {class: 'note'},
        'No loss curve: the sweep kept the final losses only (--record epoch keeps all).');
    this.curve = new CurvePlot('Loss curve of the chosen cell; arrow keys move between epochs');
    this.section = element(
        'section', {class: 'cell-view'}, this.heading, this.facts, this.seeds, this.curve.plot,
        this.note);
  }

  /** `data` are the arrays of a map, `cell` the index of the cell. */
  show(map, data, i, j) {
    const {learning_rates: rates, weight_decays: decays} = this.result;
    const cell = i * decays.length + j;
    this.heading.textContent = `Cell at lr ${shortNumber(rates[i])}, wd ${shortNumber(decays[j])}`;
    const mean = data.mean[cell];
    const runs = runsText(this.result, data.runs[cell], mean);
    this.facts.textContent = `${lossText(mean, data.error[cell])}, ${runs}`;
    this.showSeeds(data, cell);
    this.showCurve(map, data, cell);
  }

  showSeeds(data, cell) {
    const {seeds} = this.result;
    if (!data.losses) {
      this.seeds.replaceChildren(
          element('p', {}, 'The losses of single seeds are left out of this page.'));
      return;
    }
    const isSingle = data.losses instanceof Float32Array;
    const text = (loss) => Number.isFinite(loss) ? exactText(loss, isSingle) : lossText(loss);
    this.seeds.replaceChildren(table(
        'Final validation loss of each seed', ['seed', 'loss'],
        seeds.map((seed, s) => [String(seed), text(data.losses[cell * seeds.length + s])])));
  }

  showCurve(map, data, cell) {
    this.curve.plot.hidden = !map.curves;
    this.note.hidden = Boolean(map.curves);
    if (!map.curves) return;
    const {epochs} = map.curves;
    const {seeds} = this.result;
    const cells = data.mean.length;
    const numbers = {mean: [], seeds: seeds.map(() => [])};
    epochs.forEach((epoch, e) => {
      const at = e * cells + cell;
      const y = data.curves.mean[at], error = data.curves.error[at];
      const lines = [lossText(y, error), `epoch ${epoch}, mean of the seeds`];
      const isSingle = data.curves.mean instanceof Float32Array;
      if (Number.isFinite(y)) lines.splice(1, 0, `exactly ${exactText(y, isSingle)}`);
      numbers.mean.push({x: epoch, y, error, lines});
      seeds.forEach((seed, s) => {
        if (data.curves.losses)
          numbers.seeds[s].push({x: epoch, y: data.curves.losses[at * seeds.length + s]});
      });
    });
    const all = [numbers.mean, ...numbers.seeds].flat().map((point) => point.y);
    const logarithmic = all.filter(Number.isFinite).every((loss) => loss > 0);
    this.curve.show({
      x: {name: 'epoch', logarithmic: false, domain: [epochs[0] - 0.5, epochs.at(-1) + 0.5]},
      y: {name: 'validation loss', logarithmic, domain: roomyDomain(all, logarithmic)},
      series: [
        ...numbers.seeds.filter((points) => points.length > 0)
            .map((points) => ({points, color: 'var(--faint-line)', look: 'thin'})),
        {points: numbers.mean, color: 'var(--accent)', look: 'points', band: true},
      ],
    });
  }
}

/**
 * "mean of 5 seeds", "mean of 2 of 5 seeds", "one seed, so no standard error". A mean with a
 * diverged run is infinite.
 */
function runsText(result, runs, mean) {
  const all = result.seeds.length;
  if (runs === 0) return `none of ${counted(all, 'seed')} has run`;
  if (mean === Infinity) return `${runs} of ${counted(all, 'seed')} run`;
  if (all === 1) return 'one seed, so no standard error';
  const text = runs < all ? `mean of ${runs} of ${all} seeds` : `mean of ${all} seeds`;
  return runs === 1 ? `${text}, so no standard error` : text;
}
