// A map of cells on a canvas, with axes, marks and a cursor above it as SVG.

const mapMargin = {
  top: 8,
  right: 10,
  bottom: 44,
  left: 58
};

class Heatmap {
  /**
   * `options`: rates and decays (ascending), label, describe(i, j) -> lines about a cell, and
   *  pick(i, j), called for a cell that is clicked.
   */
  constructor(options) {
    this.options = options;
    this.cells = {x: cellAxis(options.rates), y: cellAxis(options.decays)};
    this.cursor = null;
    this.line = null;
    this.canvas = element('canvas', {'aria-hidden': 'true'});
    this.plot = element(
        'div', {
          class: 'plot map',
          tabindex: '0',
          role: 'application',
          'aria-label': options.label,
          'aria-roledescription': 'heat map',
        },
        this.canvas);
    this.svg = d3.select(this.plot).append('svg').attr('aria-hidden', 'true');
    this.tooltip = new Tooltip(this.plot, () => this.hideCursor());
    this.listen();
    drawAtWidth(this.plot, (width) => this.resize(width));
    onThemeChange(() => this.paint());
  }

  /**
   * Colours the cells. `numbers` is in row-major order of (learning rate, weight decay); infinity
   *  is diverged, NaN blank. `colorAt(value)` is the colour of a finite number.
   */
  color(numbers, colorAt) {
    this.numbers = numbers;
    this.colorAt = colorAt;
    this.paint();
    if (this.cursor) this.pointAt(...this.cursor);  // Its numbers may be others now.
  }

  /** Draws marks: draw(group, x, y) with a D3 selection and the two placed axes. */
  mark(draw) {
    this.drawMarks = draw;
    this.redrawMarks();
  }

  /**
   * The line of a slice: its path(x, y), and moved(rate, decay, j) while it is dragged, where j is
   * the row of cells, or -1 between rows.
   */
  setLine(line) {
    this.line = line;
    this.redrawLine();
  }

  resize(width) {
    const columns = this.options.rates.length, rows = this.options.decays.length;
    const ticks = ticksOf(this.cells.y, 6);  // About as many as are drawn.
    this.left = marginOf(ticks.map(tickTexts(ticks)), mapMargin.left);
    const across = Math.max(40, width - this.left - mapMargin.right);
    const down = Math.round(
        Math.min(Math.max(across * Math.min(1, rows / columns), 48), 0.85 * across, 520));
    this.size = {width, height: down + mapMargin.top + mapMargin.bottom, across, down};
    this.x = new PlacedAxis(this.cells.x, this.left, this.left + across);
    this.y = new PlacedAxis(this.cells.y, mapMargin.top + down, mapMargin.top);
    this.plot.style.height = `${this.size.height}px`;
    this.drawAxes();
    this.paint();
  }

  paint() {
    if (!this.numbers || !this.size) return;
    const ratio = window.devicePixelRatio || 1;
    const {across, down} = this.size;
    Object.assign(this.canvas.style, {
      left: `${this.left}px`,
      top: `${mapMargin.top}px`,
      width: `${across}px`,
      height: `${down}px`
    });
    this.canvas.width = Math.round(across * ratio);
    this.canvas.height = Math.round(down * ratio);
    const cellOf = (axis, offset, count) =>
        Int32Array.from({length: count}, (_, pixel) => axis.cellAt(offset + (pixel + 0.5) / ratio));
    const columns = cellOf(this.x, this.left, this.canvas.width);
    const rows = cellOf(this.y, mapMargin.top, this.canvas.height);
    const special = specialPaints(ratio);
    const colors = new Int32Array(this.numbers.length);
    this.numbers.forEach((number, k) => {
      colors[k] = Number.isNaN(number) ? -1 : number === Infinity ? -2 : this.colorAt(number);
    });
    const background = themeColor('--card');
    const decays = this.options.decays.length;
    paint(this.canvas, (x, y) => {
      if (columns[x] < 0 || rows[y] < 0) return background;
      const color = colors[columns[x] * decays + rows[y]];
      return color >= 0 ? color : color === -2 ? special.diverged(x, y) : special.notRun(x, y);
    });
  }

  drawAxes() {
    const {width, height, across, down} = this.size;
    const bottom = mapMargin.top + down;
    this.svg.selectAll('*').remove();
    this.svg.attr('width', width).attr('height', height);
    const clip = freshId('clip');
    this.svg.append('clipPath')
        .attr('id', clip)
        .append('rect')
        .attr('x', this.left)
        .attr('y', mapMargin.top)
        .attr('width', across)
        .attr('height', down);
    this.svg.append('rect')
        .attr('class', 'frame')
        .attr('x', this.left - 0.5)
        .attr('y', mapMargin.top - 0.5)
        .attr('width', across + 1)
        .attr('height', down + 1);
    const xGroup =
        this.svg.append('g').attr('class', 'axis').attr('transform', `translate(0,${bottom + 1})`);
    this.x.draw(xGroup, d3.axisBottom, Math.max(2, across / 70));
    const yGroup = this.svg.append('g')
                       .attr('class', 'axis')
                       .attr('transform', `translate(${this.left - 1},0)`);
    this.y.draw(yGroup, d3.axisLeft, Math.max(2, down / 45));
    this.svg.append('text')
        .attr('class', 'axis-name')
        .attr('x', this.left + across / 2)
        .attr('y', height - 8)
        .attr('text-anchor', 'middle')
        .text('learning rate');
    this.svg.append('text')
        .attr('class', 'axis-name')
        .attr('text-anchor', 'middle')
        .attr('transform', `translate(13,${mapMargin.top + down / 2}) rotate(-90)`)
        .text('weight decay');
    this.lineGroup = this.svg.append('g').attr('clip-path', `url(#${clip})`);
    this.marks = this.svg.append('g').attr('clip-path', `url(#${clip})`);
    this.chosenBox =
        this.svg.append('rect').attr('class', 'chosen-cell').attr('visibility', 'hidden');
    this.cursorBox =
        this.svg.append('rect').attr('class', 'cursor-cell').attr('visibility', 'hidden');
    this.redrawMarks();
    this.redrawLine();
    if (this.chosen) this.choose(...this.chosen);
  }

  redrawMarks() {
    if (!this.marks || !this.drawMarks) return;
    this.marks.selectAll('*').remove();
    this.drawMarks(this.marks, this.x, this.y);
  }

  redrawLine() {
    if (!this.lineGroup) return;
    this.lineGroup.selectAll('*').remove();
    if (!this.line) return;
    const path = this.line.path(this.x, this.y);
    for (const name of ['slice-line-edge', 'slice-line', 'slice-line-handle'])
      this.lineGroup.append('path').attr('class', name).attr('d', path);
  }

  box(rect, i, j) {
    const [left, right] = this.x.span(i), [top, bottom] = this.y.span(j);
    rect.attr('x', left - 1)
        .attr('y', top - 1)
        .attr('width', Math.max(3, right - left + 2))
        .attr('height', Math.max(3, bottom - top + 2))
        .attr('visibility', 'visible');
  }

  /** Marks the cell whose details are shown. */
  choose(i, j) {
    this.chosen = [i, j];
    if (this.chosenBox) this.box(this.chosenBox, i, j);
  }

  pointAt(i, j) {
    this.cursor = [i, j];
    this.box(this.cursorBox, i, j);
    this.tooltip.show(this.options.describe(i, j), this.x.middle(i), this.y.middle(j));
  }

  hideCursor() {
    this.cursor = null;
    this.cursorBox?.attr('visibility', 'hidden');
    this.tooltip.hide();
  }

  listen() {
    let holdsLine = false, dragging = false;
    const position = (event) => {
      const corner = this.plot.getBoundingClientRect();
      return [event.clientX - corner.left, event.clientY - corner.top];
    };
    const cellUnder = (event) => {
      const [x, y] = position(event);
      return [this.x.cellAt(x), this.y.cellAt(y)];
    };
    const drag = (event) => {
      const [x, y] = position(event);
      this.line.moved(this.x.valueAt(x), this.y.valueAt(y), this.y.cellAt(y));
    };
    this.plot.addEventListener('pointerdown', (event) => {
      if (!event.target.classList.contains('slice-line-handle')) return;
      holdsLine = true;
      this.plot.setPointerCapture(event.pointerId);
      this.hideCursor();
      event.preventDefault();
    });
    // touch-action does not keep Chromium from scrolling, since the handle is a part of a drawing.
    this.plot.addEventListener('touchstart', (event) => {
      if (event.target.classList.contains('slice-line-handle')) event.preventDefault();
    }, {passive: false});
    this.plot.addEventListener('pointermove', (event) => {
      if (holdsLine) {
        dragging = true;
        return drag(event);
      }
      const [i, j] = cellUnder(event);
      if (i < 0 || j < 0) return this.hideCursor();
      if (this.cursor?.[0] !== i || this.cursor?.[1] !== j) this.pointAt(i, j);
    });
    const stop = () => {
      holdsLine = false;
      setTimeout(() => {
        dragging = false;
      });  // After the click that ends a drag.
    };
    this.plot.addEventListener('pointerup', stop);
    this.plot.addEventListener('pointercancel', stop);
    this.plot.addEventListener('pointerleave', (event) => {
      if (!dragging && event.pointerType === 'mouse') this.hideCursor();
    });
    this.plot.addEventListener('click', (event) => {
      const [i, j] = cellUnder(event);
      if (dragging || i < 0 || j < 0) return;
      this.pointAt(i, j);
      this.options.pick(i, j);
    });
    this.plot.addEventListener('keydown', (event) => this.key(event));
    this.plot.addEventListener('blur', () => this.hideCursor());
  }

  key(event) {
    const steps = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]};
    const last = [this.options.rates.length - 1, this.options.decays.length - 1];
    let [i, j] = this.cursor ?? this.chosen ?? [0, 0];
    if (event.key in steps) {
      if (this.cursor) [i, j] = [i + steps[event.key][0], j + steps[event.key][1]];
    } else if (event.key === 'Home')
      i = 0;
    else if (event.key === 'End')
      i = last[0];
    else if (event.key === 'PageUp')
      j = last[1];
    else if (event.key === 'PageDown')
      j = 0;
    else if (event.key === 'Enter' || event.key === ' ')
      this.options.pick(i, j);
    else
      return;
    event.preventDefault();
    this.pointAt(Math.min(Math.max(i, 0), last[0]), Math.min(Math.max(j, 0), last[1]));
  }
}
