// Logarithmic axes of cells. An edge between two cells is the middle of their logarithms. A value
// of 0 has a cell of its own, apart from the others.

/** The cells of ascending values, by place: the logarithm, or the index if a value is negative. */
function cellAxis(values) {
  const isLogarithmic = values[0] >= 0;
  const hasZero = isLogarithmic && values[0] === 0;
  const first = hasZero ? 1 : 0;
  const places = values.map((value, k) => (isLogarithmic ? Math.log10(value) : k));
  const low = [], high = [];
  const onlyWidth = 0.5;  // of a single cell
  for (let k = first; k < values.length; ++k) {
    const below = k > first ? (places[k] - places[k - 1]) / 2 : undefined;
    const above = k + 1 < values.length ? (places[k + 1] - places[k]) / 2 : undefined;
    low[k] = places[k] - (below ?? above ?? onlyWidth / 2);
    high[k] = places[k] + (above ?? below ?? onlyWidth / 2);
  }
  if (hasZero) {
    // Thick enough to see and to hit, however many cells the axis has.
    const least = values.length > 1 ? (high.at(-1) - low[1]) / 24 : 0;
    const width = values.length > 1 ? Math.max(high[1] - low[1], least) : onlyWidth;
    high[0] = values.length > 1 ? low[1] - width / 3 : 0;
    low[0] = high[0] - width;
  }
  return {values, low, high, isLogarithmic, hasZero, start: low[0], end: high.at(-1)};
}

/**
 * Round values of a logarithmic axis from `low` to `high`, for about `count` labels: one, two or
 *  three a decade, or whole decades apart.
 */
function logarithmicTicks(low, high, count) {
  // The room around an extreme number can be outside the range of a double.
  low = Math.max(low, Number.MIN_VALUE);
  high = Math.min(high, Number.MAX_VALUE);
  const decades = Math.log10(high) - Math.log10(low);
  if (decades < 1) return d3.ticks(low, high, count);
  const figures = decades < 1.5 ? [1, 2, 5] : decades * 2 <= count + 1 ? [1, 3] : [1];
  const stride = figures.length > 1 ? 1 : Math.max(1, Math.ceil(decades / count));
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); ++power)
    for (const figure of figures) {
      const value = Number(`${figure}e${power}`);
      if (power % stride === 0 && value >= low && value <= high) ticks.push(value);
    }
  return ticks;
}

/** Whether each cell has a tick of its own, since there are few or they have no logarithm. */
function labelsCells({values, isLogarithmic, hasZero}) {
  return !isLogarithmic || values.length - (hasZero ? 1 : 0) < 3;
}

/** The values of about `count` ticks over the cells of an axis; 0 is apart. */
function ticksOf(cells, count) {
  if (labelsCells(cells)) return cells.values;
  return logarithmicTicks(10 ** cells.low[cells.hasZero ? 1 : 0], 10 ** cells.end, count);
}

/** Labels of ticks: at least three significant digits, and as many as tell the ticks apart. */
function tickTexts(ticks) {
  let digits = 3;
  const differ = () =>
      new Set(ticks.map((tick) => shortNumber(tick, digits))).size === ticks.length;
  while (digits < 17 && !differ()) ++digits;
  return (tick) => shortNumber(tick, digits);
}

/** The margin in pixels that the labels of a vertical axis and its name need; at least `least`. */
function marginOf(texts, least) {
  const ofCharacter = 6.6, ofName = 30;
  return Math.max(
      least, ofName + Math.ceil(ofCharacter * (d3.max(texts, (text) => text.length) ?? 0)));
}

/** Where places lie on the screen: pixels from `from` to `to`. */
class PlacedAxis {
  constructor(cells, from, to) {
    this.cells = cells;
    this.place = d3.scaleLinear().domain([cells.start, cells.end]).range([from, to]);
  }

  /** The pixel of a value; of 0, that of the middle of its cell. */
  at(value) {
    if (!this.cells.isLogarithmic) return this.place(this.cells.values.indexOf(value));
    return value > 0 ? this.place(Math.log10(value)) : this.middle(0);
  }
  /** The pixel of the middle of a cell. */
  middle(k) {
    return (this.place(this.cells.low[k]) + this.place(this.cells.high[k])) / 2;
  }
  /** The pixels of a cell: [least, greatest]. */
  span(k) {
    const ends = [this.place(this.cells.low[k]), this.place(this.cells.high[k])];
    return ends[0] < ends[1] ? ends : ends.reverse();
  }
  /** The value at a pixel, in the axis of logarithms. */
  valueAt(pixel) {
    return 10 ** this.place.invert(pixel);
  }
  /** The cell at a pixel; -1 if there is none. */
  cellAt(pixel) {
    const {low, high} = this.cells;
    const place = this.place.invert(pixel);
    const k = Math.max(0, d3.bisectRight(low, place) - 1);
    return place >= low[k] && place <= high[k] ? k : -1;
  }

  /** Draws the axis into a group by the D3 generator (d3.axisBottom or d3.axisLeft). */
  draw(group, generator, count) {
    const {cells} = this;
    const isHorizontal = generator === d3.axisBottom;
    if (labelsCells(cells)) {
      const scale = d3.scaleLinear().domain(this.place.domain()).range(this.place.range());
      const middles = cells.values.map((_, k) => (cells.low[k] + cells.high[k]) / 2);
      const text = tickTexts(cells.values);
      group.call(generator(scale).tickSizeOuter(0).tickValues(middles).tickFormat(
          (place) => text(cells.values[middles.indexOf(place)])));
      return;
    }
    const start = cells.low[cells.hasZero ? 1 : 0];
    const scale = d3.scaleLog().domain([10 ** start, 10 ** cells.end]).range([
      this.place(start), this.place(cells.end)
    ]);
    const room = cells.hasZero ? (isHorizontal ? 30 : 14) : 0;  // of the label 0
    const ticks =
        ticksOf(cells, count).filter((tick) => Math.abs(scale(tick) - this.middle(0)) >= room);
    group.call(generator(scale).tickSizeOuter(0).tickValues(ticks).tickFormat(tickTexts(ticks)));
    if (!cells.hasZero) return;
    const tick =
        group.append('g')
            .attr('class', 'tick')
            .attr(
                'transform',
                isHorizontal ? `translate(${this.middle(0)},0)` : `translate(0,${this.middle(0)})`);
    tick.append('line')
        .attr(isHorizontal ? 'y2' : 'x2', isHorizontal ? 6 : -6)
        .attr('stroke', 'currentColor');
    tick.append('text')
        .attr('fill', 'currentColor')
        .attr(isHorizontal ? 'y' : 'x', isHorizontal ? 9 : -9)
        .attr('dy', isHorizontal ? '0.71em' : '0.32em')
        .text('0');
  }
}
