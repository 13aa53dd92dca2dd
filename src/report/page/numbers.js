'use strict';
// Numbers as the program prints them: short_number() of src/base/text.cpp and for_people() of
// src/report/answers.cpp. tests/python/test_report.py compares both.

/**
 * The decimal of `digits` significant digits nearest to a value, in scientific notation. A value
 * in the middle of two goes to the even one, as in C++; toExponential() takes the larger one.
 */
function rounded(value, digits) {
  const exact = value.toExponential(60);
  const [figures, power] = exact.split('e');
  const kept = figures.slice(0, digits + 1), rest = figures.slice(digits + 1);
  const isTie = digits > 1 && /^50*$/.test(rest) && Number(kept.at(-1)) % 2 === 0;
  return isTie ? `${kept}e${power}` : value.toExponential(digits - 1);
}

/** At most `digits` significant digits in the shorter notation: 1e-3, not 0.001. */
function shortNumber(value, digits = 4) {
  if (value === 0) return '0';
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa, power] = rounded(Math.abs(value), digits).split('e');
  const figures = mantissa.replace('.', '').replace(/0+$/, '');
  const exponent = Number(power), count = figures.length;
  let fixed;
  if (exponent < 0)
    fixed = `0.${'0'.repeat(-exponent - 1)}${figures}`;
  else if (exponent >= count - 1)
    fixed = figures + '0'.repeat(exponent - count + 1);
  else
    fixed = `${figures.slice(0, exponent + 1)}.${figures.slice(exponent + 1)}`;
  const scientific = `${figures[0]}${count > 1 ? `.${figures.slice(1)}` : ''}e${exponent}`;
  return (value < 0 ? '-' : '') + (scientific.length < fixed.length ? scientific : fixed);
}

/** "0.3969 ± 0.0020": two significant digits of the error. Without an error, four of the value. */
function withError(value, error) {
  if (!Number.isFinite(error) || error === 0) return shortNumber(value);
  const decimals = 1 - Math.floor(Math.log10(error));
  if (decimals < 0 || decimals > 9) return `${shortNumber(value)} ± ${shortNumber(error, 2)}`;
  return `${value.toFixed(decimals)} ± ${error.toFixed(decimals)}`;
}

/** The shortest decimal that parses to exactly this number, in single or in double precision. */
function exactText(value, isSingle = false) {
  if (!isSingle || !Number.isFinite(value)) return String(value);
  for (let digits = 1; digits < 9; ++digits) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

function lossText(value, error = NaN) {
  if (Number.isNaN(value)) return 'not run';
  return Number.isFinite(value) ? withError(value, error) : 'diverged';
}

function grouped(count) {
  return count.toLocaleString('en-US');
}

function counted(count, noun) {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}
