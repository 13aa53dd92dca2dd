// How the results and this page were made.

/** A nested table of a value from a configuration. */
function valueElement(value) {
  const isNested = (one) => typeof one === 'object' && one !== null;
  if (Array.isArray(value) && !value.some(isNested))
    return document.createTextNode(value.join(', '));
  if (!isNested(value)) return document.createTextNode(String(value));
  const rows = Object.entries(value)
                   .filter(([, one]) => one !== '')
                   .map(
                       ([name, one]) => element(
                           'tr', {}, element('th', {scope: 'row'}, name),
                           element('td', {}, valueElement(one))));
  return element('table', {class: 'nested'}, element('tbody', {}, rows));
}

function command(text) {
  return element('pre', {}, element('code', {}, text));
}

function resultDetails(result) {
  const {configuration, command_line: line, ...attributes} = result.attributes;
  return element(
      'details', {class: 'panel'},
      element('summary', {}, 'Configuration of ', element('code', {}, result.path)),
      scroller('configuration', valueElement(configuration ?? {})),
      element('h3', {}, 'Where it was made'), scroller('provenance', valueElement(attributes)));
}

/** Opens all details while the page is printed. */
function openForPrinting() {
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details.panel:not([open])')];
    for (const details of closed) details.open = true;
  });
  window.addEventListener('afterprint', () => {
    for (const details of closed) details.open = false;
  });
}

function commandsSection() {
  const lines = [
    ...description.results.map((result) => result.attributes.command_line), description.command_line
  ];
  return element(
      'section', {class: 'panel commands'}, element('h2', {}, 'Commands behind this page'),
      lines.filter(Boolean).map(command));
}

function fillFooter(footer) {
  footer.append(
      element(
          'p', {},
          `Made by lrscape ${description.version} (${
              description
                  .commit}). All statistics were computed by lrscape; this page only draws them.`),
      description.left_out.length > 0 ?
          element(
              'p', {}, `To stay small, this page leaves out ${description.left_out.join('; ')}.`) :
          '',
      element(
          'p', {},
          'Scales, axes and shapes are drawn by D3 (BSD-3-Clause; its licence is in the source of ' +
              'this page).'));
}
