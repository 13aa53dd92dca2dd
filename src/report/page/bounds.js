// Bounds of learning-rate schedules: curves over the horizon t, over gamma, over the number of
// steps and over the parameters of the schedules.

class BoundPanel {
  constructor(result) {
    this.result = result;
    this.axes = this.possibleAxes();
    this.axis = this.axes[0];
    this.gamma = -1;  // The index of the γ of all points, or -1 for the best one of each.
    this.plot = new CurvePlot(`Bounds of ${result.path}; arrow keys move between points`);
    this.choice = new CurveChoice(() => this.drawCurves());
    this.note = element('p', {class: 'note'});
    this.section = element(
        'article', {class: 'panel bound', 'aria-busy': 'true'},
        element('h2', {}, 'Bounds ', element('span', {class: 'path'}, result.path)),
        this.controls(),
        element(
            'div', {class: 'columns'},
            element(
                'div', {class: 'map-column'}, this.plot.plot, this.choice.key, this.note,
                this.choice.section),
            element('div', {class: 'side-column'}, this.table())));
  }

  controls() {
    const {gammas} = this.result;
    const controls = element('div', {class: 'choices'});
    if (this.axes.length > 0)
      controls.append(choice('over', this.axes.map((axis) => axis.title), 0, (index) => {
        this.axis = this.axes[index];
        this.draw();
      }));
    if (gammas.length > 0) {
      const texts = ['the best of each point', ...gammas.map((gamma) => shortNumber(gamma))];
      this.gammaChoice = choice('at γ', texts, 0, (index) => {
        this.gamma = index - 1;
        this.draw();
      });
      controls.append(this.gammaChoice);
    }
    return controls;
  }

  /** Every axis along which the result has several bounds. */
  possibleAxes() {
    const {horizons, gammas, steps, parameters} = this.result;
    const axes = [];
    if (horizons.length > 1) axes.push({kind: 't', title: 'horizon t'});
    for (const name of new Set(parameters.flatMap((one) => Object.keys(one)))) {
      const numbers = parameters.map((one) => one[name]).filter(Number.isFinite);
      if (new Set(numbers).size > 1) axes.push({kind: 'parameter', name, title: name});
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
    return {y: omega, lines, t, steps: steps[step]};
  }

  /** The last horizon with a bound. */
  lastPoint(schedule, step, gamma) {
    for (let horizon = Math.max(1, this.result.horizons.length) - 1; horizon >= 0; --horizon) {
      const point = this.point(schedule, step, horizon, gamma);
      if (point) return point;
    }
    return undefined;
  }

  /** The points of a schedule over the chosen axis, and the name of their curve. */
  pointsOf(schedule, step) {
    const {schedules, steps, horizons, gammas, parameters} = this.result;
    const {kind, name} = this.axis;
    const at = (x, point) => ({...point, x});
    const ofSteps = steps.length > 1 ? `, ${counted(steps[step], 'step')}` : '';
    if (kind === 't')
      return {
        name: schedules[schedule] + ofSteps,
        points: horizons.map((t, h) => at(t, this.point(schedule, step, h, this.gamma)))
      };
    if (kind === 'gamma')
      return {
        name: schedules[schedule] + ofSteps,
        points: gammas.map((one, g) => at(one, this.lastPoint(schedule, step, g)))
      };
    const point = this.lastPoint(schedule, step, this.gamma);
    if (kind === 'steps') return {name: schedules[schedule], points: [at(steps[step], point)]};
    const {[name]: x, schedule: family, ...others} = parameters[schedule];
    if (!Number.isFinite(x)) return {points: []};
    const rest = Object.entries(others).map(
        ([key, value]) => `${key}=${Number.isFinite(value) ? shortNumber(value) : value}`);
    return {
      name: `${family}${rest.length > 0 ? `:${rest.join(',')}` : ''}${ofSteps}`,
      points: [at(x, point)]
    };
  }

  /** The curves over the chosen axis, {name, points}, from the best to the worst. */
  curves() {
    const {schedules, steps, ranks, parameters} = this.result;
    const curves = new Map();
    schedules.forEach((_, schedule) => steps.forEach((_, step) => {
      const {name, points} = this.pointsOf(schedule, step);
      const known = points.filter((point) => point.y !== undefined);
      if (known.length === 0) return;
      const rank = ranks[schedule * steps.length + step];
      const family = parameters[schedule].schedule;
      const curve = curves.get(name) ?? {name, family, points: [], rank};
      curve.points.push(...known);
      curve.rank = Math.min(curve.rank, rank);
      curves.set(name, curve);
    }));
    return [...curves.values()]
        .map((curve) => ({...curve, points: curve.points.sort((a, b) => a.x - b.x)}))
        .sort((a, b) => a.rank - b.rank);
  }

  /** Draws after another axis or γ is chosen. */
  draw() {
    this.plot.plot.hidden = this.choice.section.hidden = !this.axis;
    if (!this.axis) {
      this.note.textContent = 'Each schedule has one bound, so there is no curve.';
      return;
    }
    if (this.gammaChoice) this.gammaChoice.hidden = this.axis.kind === 'gamma';
    const all = this.curves();
    this.all = all.filter(({points}) => points.length > 1);
    this.single = all.length - this.all.length;
    this.choice.offer(this.all);
    this.drawCurves();
  }

  drawCurves() {
    const {kind, title} = this.axis;
    const shown = this.all.filter(({name}) => this.choice.look(name));
    const points = shown.flatMap((curve) => curve.points);
    const xs = points.map((point) => point.x), ys = points.map((point) => point.y);
    const logarithmicX = kind !== 'parameter' && xs.every((x) => x > 0);
    const logarithmicY = ys.every((omega) => omega > 0);
    const isBest = kind !== 'gamma' && this.gamma < 0;
    this.plot.show({
      x: {name: title, logarithmic: logarithmicX, domain: roomyDomain(xs, logarithmicX)},
      y: {
        name: isBest ? 'bound Ω at the best γ' : 'bound Ω',
        logarithmic: logarithmicY,
        domain: roomyDomain(ys, logarithmicY)
      },
      series: shown.map((curve) => {
        const {color, dash} = this.choice.look(curve.name);
        const look = kind === 't' ? 'line' : 'points';
        return {points: curve.points, color, dash, look};
      }),
    });
    this.note.textContent = [...this.heldTexts(points), ...this.missingTexts()].join(' ');
  }

  /** Says which numbers all drawn points share, and which each has of its own. */
  heldTexts(points) {
    const {kind} = this.axis;
    const horizons = new Set(points.map((point) => point.t));
    const steps = new Set(points.map((point) => point.steps));
    const texts = [];
    if (points.length > 0 && kind !== 't') {
      const isEnd = points.every((point) => point.t === point.steps);
      const count = steps.size === 1 ? ` of ${counted([...steps][0], 'step')}` : '';
      texts.push(
          horizons.size === 1 ? `All points are at t = ${grouped([...horizons][0])}${count}.` :
              isEnd ? 'Each point is at the last step of its schedule.' :
                      'Each point is at the last horizon of its schedule.');
    }
    if (kind !== 'gamma')
      texts.push(
          this.gamma < 0 ? 'γ is the best one of each point.' :
                           `γ = ${shortNumber(this.result.gammas[this.gamma])} everywhere.`);
    return texts;
  }

  missingTexts() {
    const {kind, name, title} = this.axis;
    const without = kind === 'parameter' ?
        this.result.parameters.filter((one) => !Number.isFinite(one[name])).length :
        0;
    return [
      without > 0 && `Not drawn: ${counted(without, 'schedule')} without ${title}.`,
      this.single > 0 &&
          `Not drawn: ${counted(this.single, 'curve')} of a single point; the table lists the best.`
    ].filter(Boolean);
  }

  table() {
    const {gammas, best, ranks} = this.result;
    const isEnd = best.every(({t, steps}) => t === steps);
    const columns = [
      'schedule', 'steps', ...(isEnd ? [] : ['t']),
      ...(gammas.length > 0 ? ['gamma', 'omega'] : []), 'gamma_opt', 'omega_opt'
    ];
    const most = 20, rows = best.slice(0, most);
    const text = (row, column) => column === 'schedule' ? row[column] :
        column === 'steps' || column === 't'            ? grouped(row[column]) :
        row[column] === null                            ? 'inf' :
                                                          shortNumber(row[column], 6);
    const count = ranks.filter((rank) => rank !== null).length;
    const caption = `The bound of each schedule at its last ${isEnd ? 'step' : 'horizon'}${
        count > most ? `: the best ${most} of ${grouped(count)}` : ', best first'}`;
    return scroller(
        'best bounds',
        table(caption, columns, rows.map((row) => columns.map((column) => text(row, column)))));
  }
}
