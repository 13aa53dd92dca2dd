// One convention for every map, that of `lrscape show`: bright is best, on the colour scale that
// src/report/color_scale.cpp computes. Diverged cells are hatched, cells that have not run are
// dotted.

let palette;  // 0xRRGGBB from dark to bright

const statistics = [
  {key: 'mean', name: 'mean', title: 'mean validation loss'},
  {key: 'least', name: 'minimum over the seeds', title: 'least validation loss of the seeds'},
  {key: 'most', name: 'maximum over the seeds', title: 'highest validation loss of the seeds'},
  {key: 'error', name: 'standard error', title: 'standard error of the mean'},
];

/**
 * Which maps have a colour scale in common. src/report/color_scales.cpp says which are similar.
 */
const scaleChoices = [
  {key: 'similar', name: 'common to similar maps'},
  {key: 'all', name: 'one for all maps'},
  {key: 'own', name: 'one for each map'},
];

function mapsOfPage() {
  return description.results.flatMap((result) => result.maps ?? []);
}

/** The choices that differ on this page; the first one shows every map well. */
function offeredScales() {
  const groups = description.scales.groups.length, count = mapsOfPage().length;
  const [similar, all, own] = scaleChoices;
  if (count < 2) return [own];
  return groups === 1 ? [all, own] : groups === count ? [own, all] : [similar, all, own];
}

/** The colour scales of a map, by statistic. */
function scalesOf(map, sharing) {
  const {all, groups} = description.scales;
  return {similar: groups[map.scale_group], all, own: map.scales}[sharing];
}

/** Which maps have the scale of this one; empty on a page of one map. */
function sharedText(map, sharing) {
  const maps = mapsOfPage();
  if (maps.length < 2) return '';
  const count = sharing === 'all' ? maps.length :
      sharing === 'own'           ? 1 :
                                    maps.filter((one) => one.scale_group === map.scale_group).length;
  return count === 1 ? ', of this map alone' : `, common to ${count} maps`;
}

/** The place of a number in the palette: 0 up to scale.low, 1 from scale.high on. */
function levelOf(value, scale) {
  if (value <= scale.low) return 0;
  if (value >= scale.high) return 1;
  const place = scale.logarithmic ? Math.log : (number) => number / 2;
  return (place(value) - place(scale.low)) / (place(scale.high) - place(scale.low));
}

/** The colour 0xRRGGBB of a finite number. */
function colorOf(value, scale) {
  return palette[Math.round((1 - levelOf(value, scale)) * (palette.length - 1))];
}

function cssColor(color) {
  return `#${color.toString(16).padStart(6, '0')}`;
}

function themeColor(name) {
  const text = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  return parseInt(text.slice(1), 16);
}

/** Calls repaint() when the page turns light or dark, or is printed. */
function onThemeChange(repaint) {
  for (const query of ['(prefers-color-scheme: dark)', 'print'])
    matchMedia(query).addEventListener('change', repaint);
}

/**
 * The paints of cells without a colour of their own. at(x, y) is the colour of a pixel, whose
 *  `size` is the number of pixels of the screen in one of the page.
 */
function specialPaints(size) {
  const hatch = [themeColor('--diverged'), themeColor('--diverged-line')];
  const blank = [themeColor('--not-run'), themeColor('--not-run-dot')];
  const period = Math.max(4, Math.round(6 * size)), thick = Math.max(1, Math.round(1.4 * size));
  return {
    diverged: (x, y) => hatch[(x + y) % period < thick ? 1 : 0],
    notRun: (x, y) => blank[x % period < thick && y % period < thick ? 1 : 0],
  };
}

/** A canvas of this size in the page, painted by at(x, y). */
function paintedCanvas(width, height, at) {
  const size = window.devicePixelRatio || 1;
  const canvas = element('canvas', {'aria-hidden': 'true'});
  canvas.width = Math.max(1, Math.round(width * size));
  canvas.height = Math.max(1, Math.round(height * size));
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  paint(canvas, at);
  return canvas;
}

function paint(canvas, at) {
  // The pixels are computed here, so the canvas gains nothing from the graphics processor.
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const image = context.createImageData(canvas.width, canvas.height);
  const pixels = new Uint32Array(image.data.buffer);
  for (let y = 0, k = 0; y < canvas.height; ++y)
    for (let x = 0; x < canvas.width; ++x, ++k) {
      const color = at(x, y);
      pixels[k] = 0xff000000 | (color & 0xff) << 16 | (color & 0xff00) | color >> 16;
    }
  context.putImageData(image, 0, 0);
}

function swatch(at, label) {
  const size = window.devicePixelRatio || 1;
  return element('span', {class: 'key'}, paintedCanvas(24, 14, at(size)), label);
}

/** The colour bar with its ends, and the meaning of hatched and dotted cells. */
function colorKey(scale, title, {diverged, blank, shared}) {
  const key = element('div', {class: 'color-key'}, element('span', {class: 'key-title'}, title));
  if (scale.low !== null) {
    const isFlat = !(scale.low < scale.high);
    const width = isFlat ? 24 : 180;
    const bar = paintedCanvas(
        width, 14,
        (x) => palette[Math.round(
            (1 - (isFlat ? 0 : x / (width * (window.devicePixelRatio || 1)))) *
            (palette.length - 1))]);
    key.append(element(
        'span', {class: 'key'}, shortNumber(scale.low, 3), bar,
        isFlat ? '' : `${scale.clipped ? '≥' : ''}${shortNumber(scale.high, 3)}`));
    key.append(element(
        'span', {},
        isFlat ? 'all equal' :
                 `${scale.logarithmic ? 'log' : 'linear'} scale${shared}, bright is best`));
  }
  if (diverged) key.append(swatch((size) => specialPaints(size).diverged, 'diverged'));
  if (blank) key.append(swatch((size) => specialPaints(size).notRun, blank));
  return key;
}
