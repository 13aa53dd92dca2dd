// Curves with error bars or bands. Only the points are data: lines between them guide the eye.

const curveMargin = {
  top: 12,
  right: 12,
  bottom: 42,
  left: 62
};

class CurvePlot {
  /** `label` is the name of the plot for screen readers. */
  constructor(label) {
    this.plot = element('div', {
      class: 'plot curve',
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'curves',
      'aria-label': label
    });
    this.svg = d3.select(this.plot).append('svg').attr('aria-hidden', 'true');
    this.tooltip = new Tooltip(this.plot, () => this.unhover());
    this.plot.addEventListener('pointermove', (event) => this.hover(event));
    this.plot.addEventListener('click', (event) => this.hover(event));
    this.plot.addEventListener('pointerleave', () => this.unhover());
    this.plot.addEventListener('blur', () => this.unhover());
    this.plot.addEventListener('keydown', (event) => this.key(event));
    drawAtWidth(this.plot, (width) => {
      this.width = width;
      this.draw();
    });
  }

  /**
   * `figure`: x and y {name, logarithmic, domain}, ranges [low, high] on x to shade, and series
   *  {points: [{x, y, error, lines, open}], color, dash, look: "points" | "line" | "thin", band}.
   */
  show(figure) {
    this.figure = figure;
    this.draw();
  }

  /** The ticks of both axes, and the margin that the labels on the left need. */
  placeTicks() {
    const {x, y} = this.figure;
    const ticks = ({logarithmic, domain}, count) =>
        logarithmic ? logarithmicTicks(...domain, count) : d3.ticks(...domain, count);
    this.ticks = {x: ticks(x, Math.max(2, Math.round(this.width / 90))), y: ticks(y, 5)};
    this.left = marginOf(this.ticks.y.map(tickTexts(this.ticks.y)), curveMargin.left);
  }

  scales(height) {
    const {x, y} = this.figure;
    const scale = ({logarithmic, domain}) =>
        (logarithmic ? d3.scaleLog() : d3.scaleLinear()).domain(domain);
    this.x = scale(x).range([this.left, this.width - curveMargin.right]);
    this.y = scale(y).range([height - curveMargin.bottom, curveMargin.top]);
  }

  draw() {
    if (!this.figure || !this.width) return;
    const height = Math.round(Math.min(300, Math.max(200, this.width * 0.55)));
    this.height = height;
    this.placeTicks();
    this.scales(height);
    this.svg.selectAll('*').remove();
    this.svg.attr('width', this.width).attr('height', height);
    const bottom = height - curveMargin.bottom;
    for (const range of this.figure.ranges ?? []) this.drawRange(range, bottom);
    this.drawAxes(bottom);
    this.spots = [];
    for (const series of this.figure.series) this.drawSeries(series);
    this.spot =
        this.svg.append('circle').attr('class', 'spot').attr('r', 6).attr('visibility', 'hidden');
  }

  drawRange([low, high], bottom) {
    const [left, right] = [this.x(low), this.x(high)];
    this.svg.append('rect')
        .attr('class', 'width-band')
        .attr('x', left)
        .attr('y', curveMargin.top)
        .attr('width', Math.max(1, right - left))
        .attr('height', bottom - curveMargin.top);
  }

  drawAxes(bottom) {
    const {x, y} = this.figure;
    const generator = (axis, ticks) =>
        axis.tickSizeOuter(0).tickValues(ticks).tickFormat(tickTexts(ticks));
    this.svg.append('g')
        .attr('class', 'axis')
        .attr('transform', `translate(0,${bottom})`)
        .call(generator(d3.axisBottom(this.x), this.ticks.x));
    this.svg.append('g')
        .attr('class', 'axis')
        .attr('transform', `translate(${this.left},0)`)
        .call(generator(d3.axisLeft(this.y), this.ticks.y));
    this.svg.append('text')
        .attr('class', 'axis-name')
        .attr('text-anchor', 'middle')
        .attr('x', (this.left + this.width - curveMargin.right) / 2)
        .attr('y', this.height - 6)
        .text(x.name);
    this.svg.append('text')
        .attr('class', 'axis-name')
        .attr('text-anchor', 'middle')
        .attr('transform', `translate(13,${(curveMargin.top + bottom) / 2}) rotate(-90)`)
        .text(y.name);
  }

  drawSeries({points, color, dash, look, band}) {
    const [least, most] = this.figure.y.domain;
    const isInside = (point) => Number.isFinite(point.y) && point.y <= most;
    const clamp = (value) => Math.min(Math.max(value, least), most);
    const group = this.svg.append('g').style('color', color);
    if (band) {
      const area = d3.area()
                       .defined((point) => isInside(point) && Number.isFinite(point.error))
                       .x((point) => this.x(point.x))
                       .y0((point) => this.y(clamp(point.y - point.error)))
                       .y1((point) => this.y(clamp(point.y + point.error)));
      group.append('path').attr('class', 'band').attr('d', area(points));
    }
    const line =
        d3.line().defined(isInside).x((point) => this.x(point.x)).y((point) => this.y(point.y));
    group.append('path')
        .attr('class', look === 'thin' ? 'line thin' : 'line')
        .attr('stroke-dasharray', dash ?? null)
        .attr('d', line(points));
    for (const point of points) {
      if (Number.isNaN(point.y)) continue;
      const x = this.x(point.x);
      const y = isInside(point) ? this.y(point.y) : curveMargin.top + 4;
      if (look !== 'thin') this.spots.push({x, y, point});
      if (!isInside(point))
        group.append('text')
            .attr('class', 'beyond')
            .attr('x', x)
            .attr('y', y + 6)
            .text(point.y === Infinity ? '/' : '^');
      else if (look === 'points') {
        if (Number.isFinite(point.error) && !band)
          group.append('line')
              .attr('class', 'error')
              .attr('x1', x)
              .attr('x2', x)
              .attr('y1', this.y(clamp(point.y - point.error)))
              .attr('y2', this.y(clamp(point.y + point.error)));
        group.append('circle')
            .attr('class', point.open ? 'point open' : 'point')
            .attr('cx', x)
            .attr('cy', y)
            .attr('r', points.length > 80 ? 1.8 : 3);
      }
    }
  }

  hover(event) {
    if (!this.spots?.length) return;
    const corner = this.plot.getBoundingClientRect();
    const x = event.clientX - corner.left, y = event.clientY - corner.top;
    // The nearest along x; among curves, the nearest point.
    const distance = (spot) =>
        Math.abs(spot.x - x) + (this.figure.series.length > 1 ? Math.abs(spot.y - y) : 0);
    this.pointAt(d3.scan(this.spots, (a, b) => distance(a) - distance(b)));
  }

  pointAt(index) {
    this.at = index;
    const {x, y, point} = this.spots[index];
    this.spot.attr('cx', x).attr('cy', y).attr('visibility', 'visible');
    this.tooltip.show(point.lines, x, y);
  }

  unhover() {
    this.at = undefined;
    this.spot?.attr('visibility', 'hidden');
    this.tooltip.hide();
  }

  key(event) {
    const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
    if (!step || !this.spots?.length) return;
    event.preventDefault();
    const next = this.at === undefined ? 0 : this.at + step;
    this.pointAt(Math.min(Math.max(next, 0), this.spots.length - 1));
  }
}

/** A domain around finite numbers, with room at both ends. `limit` cuts its upper end. */
function roomyDomain(numbers, logarithmic, limit = Infinity) {
  const finite = numbers.filter(Number.isFinite);
  if (finite.length === 0) return logarithmic ? [1, 10] : [0, 1];
  const low = d3.min(finite);
  // A limit below all numbers would leave nothing to see.
  const high = limit > low ? Math.min(d3.max(finite), limit) : d3.max(finite);
  if (logarithmic) {
    const room = Math.max(10 ** (0.06 * (Math.log10(high) - Math.log10(low))), 1.002);
    return [Math.max(low / room, Number.MIN_VALUE), Math.min(high * room, Number.MAX_VALUE)];
  }
  const room = Math.max((high - low) * 0.06, Math.abs(low) * 1e-3, 1e-12);
  return [low - room, high + room];
}
