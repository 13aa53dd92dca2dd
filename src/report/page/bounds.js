// Bounds of learning-rate schedules: curves over the horizon t, over gamma, over the number of
// steps and over the parameters of the schedules.

const curveColors = d3.range(8).map((k) => `var(--curve-${k})`);
const mostCurves = 24;

class BoundPanel {
  constructor(result) {
    this.result = result;
    this.axes = this.possibleAxes();
    this.axis = this.axes[0];
    this.curve = new CurvePlot(`Bounds of ${result.path}; arrow keys move between points`);
    this.note = element('p', {class: 'note'});
    this.key = element('div', {class: 'color-key'});
    const controls = element('div', {class: 'choices'});
    if (this.axes.length > 0)
      controls.append(choice('over', this.axes.map((axis) => axis.title), 0, (index) => {
        this.axis = this.axes[index];
        this.draw();
      }));
    if (result.gammas.length > 0) {
      this.gamma = -1;
      controls.append(choice(
          'at γ', ['the best of each point', ...result.gammas.map((gamma) => shortNumber(gamma))],
          0, (index) => {
            this.gamma = index - 1;
            this.draw();
          }));
    }
    this.section = element(
        'article', {class: 'panel bound', 'aria-busy': 'true'},
        element('h2', {}, 'Bounds ', element('span', {class: 'path'}, result.path)), controls,
        element(
            'div', {class: 'columns'},
            element('div', {class: 'map-column'}, this.curve.plot, this.key, this.note),
            element('div', {class: 'side-column'}, this.table())));
  }

  /** Every axis along which the result has several bounds. */
  possibleAxes() {
    const {horizons, gammas, steps, parameters} = this.result;
    const axes = [];
    if (horizons.length > 1) axes.push({kind: 't', title: 'horizon t'});
    const names = new Set(
        parameters.flatMap((one) => Object.keys(one)).filter((name) => name !== 'schedule'));
    for (const name of names) {
      const values =
          new Set(parameters.map((one) => one[name]).filter((value) => value !== undefined));
      if (values.size > 1) axes.push({kind: 'parameter', name, title: name});
    }
    if (steps.length > 1) axes.push({kind: 'steps', title: 'steps T'});
    if (gammas.length > 1) axes.push({kind: 'gamma', title: 'γ'});
    return axes;
  }

  async load() {
    this.data = await loadArrays(this.result);
    this.section.removeAttribute('aria-busy');
    this.draw();
  }

  /** One bound; `gamma` is an index, or -1 for the best γ. Nothing beyond the end of a schedule. */
  point(schedule, step, horizon, gamma) {
    const {steps, horizons, gammas, schedules} = this.result;
    const row = (schedule * steps.length + step) * Math.max(1, horizons.length) + horizon;
    const omega =
        gamma < 0 ? this.data.omega_opt[row] : this.data.omega[row * gammas.length + gamma];
    if (Number.isNaN(omega)) return undefined;
    const base = gamma < 0 ? this.data.gamma_opt[row] : gammas[gamma];
    const t = horizons.length > 0 ? horizons[horizon] : steps[step];
    const lines = [
      `Ω = ${shortNumber(omega, 6)}`, `exactly ${exactText(omega)}`,
      `${gamma < 0 ? 'best γ' : 'γ'} = ${exactText(base)}`,
      `t = ${grouped(t)} of ${counted(steps[step], 'step')}`, schedules[schedule]
    ];
    return {y: omega, lines};
  }

  /** The last horizon with a bound. */
  lastPoint(schedule, step, gamma) {
    for (let horizon = Math.max(1, this.result.horizons.length) - 1; horizon >= 0; --horizon) {
      const point = this.point(schedule, step, horizon, gamma);
      if (point) return point;
    }
    return undefined;
  }

  /** The curves over the chosen axis: {name, points}. */
  curves() {
    const {schedules, steps, horizons, gammas, parameters} = this.result;
    const gamma = this.gamma ?? -1;
    const curves = new Map();
    const add = (name, x, point) => {
      if (!point || !(x !== undefined)) return;
      if (!curves.has(name)) curves.set(name, []);
      curves.get(name).push({...point, x});
    };
    const stepsText = (step) => (steps.length > 1 ? `, ${counted(steps[step], 'step')}` : '');
    schedules.forEach((schedule, k) => steps.forEach((count, step) => {
      const {kind, name} = this.axis;
      if (kind === 't')
        horizons.forEach(
            (t, h) => add(schedule + stepsText(step), t, this.point(k, step, h, gamma)));
      else if (kind === 'gamma')
        gammas.forEach(
            (one, g) => add(schedule + stepsText(step), one, this.lastPoint(k, step, g)));
      else if (kind === 'steps')
        add(schedule, count, this.lastPoint(k, step, gamma));
      else {
        const {[name]: x, schedule: family, ...others} = parameters[k];
        const rest =
            Object.entries(others).map(([key, value]) => `${key}=${shortNumber(value)}`).join(',');
        add(`${family}${rest ? `:${rest}` : ''}${stepsText(step)}`, x,
            this.lastPoint(k, step, gamma));
      }
    }));
    return [...curves]
        .map(([name, points]) => ({name, points: points.sort((a, b) => a.x - b.x)}))
        .filter(({points}) => points.length > 1);
  }

  draw() {
    this.curve.plot.hidden = !this.axis;
    if (!this.axis) {
      this.note.textContent = 'Each schedule has one bound, so there is no curve.';
      return;
    }
    const all = this.curves();
    const shown = all.slice(0, mostCurves);
    const points = shown.flatMap((curve) => curve.points);
    const isDense = this.axis.kind === 't';
    const xs = points.map((point) => point.x);
    const logarithmicX = this.axis.kind !== 'parameter' && d3.min(xs) > 0;
    const ys = points.map((point) => point.y);
    const logarithmicY = ys.every((omega) => omega > 0);
    this.curve.show({
      x: {name: this.axis.title, logarithmic: logarithmicX, domain: roomyDomain(xs, logarithmicX)},
      y: {name: 'bound Ω', logarithmic: logarithmicY, domain: roomyDomain(ys, logarithmicY)},
      series: shown.map((curve, k) => ({
                          points: curve.points,
                          color: curveColors[k % curveColors.length],
                          look: isDense ? 'line' : 'points'
                        })),
    });
    this.key.replaceChildren(...shown.map(
        (curve, k) => element(
            'span', {class: 'key'},
            element(
                'span',
                {class: 'stroke', style: `background:${curveColors[k % curveColors.length]}`}),
            curve.name)));
    const missing = this.axis.kind === 'parameter' ?
        this.result.parameters.filter((one) => one[this.axis.name] === undefined).length :
        0;
    this.note.textContent = [
      all.length > shown.length && `The first ${shown.length} of ${counted(all.length, 'curve')}.`,
      missing > 0 && `Not drawn: ${counted(missing, 'schedule')} without ${this.axis.title}.`
    ].filter(Boolean).join(' ');
  }

  table() {
    const columns = [
      'schedule', 'steps', ...(this.result.horizons.length > 0 ? ['t'] : []),
      ...(this.result.gammas.length > 0 ? ['gamma', 'omega'] : []), 'gamma_opt', 'omega_opt'
    ];
    const most = 20, rows = this.result.best.slice(0, most);
    const text = (row, column) => column === 'schedule' ? row[column] :
        column === 'steps' || column === 't'            ? grouped(row[column]) :
        row[column] === null                            ? 'inf' :
                                                          shortNumber(row[column], 6);
    const caption = `The best bounds at the last horizon${
        this.result.best.length > most ? ` (${most} of them)` : ''}`;
    return scroller(
        'best bounds',
        table(caption, columns, rows.map((row) => columns.map((column) => text(row, column)))));
  }
}
