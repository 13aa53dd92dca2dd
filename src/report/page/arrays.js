// The data of the page: a description in JSON, and arrays that it refers to. An array is base64 of
// raw DEFLATE data, in which the lowest bytes of all numbers come first, then the next ones.

const description = JSON.parse(document.getElementById('description').textContent);

const arrayTypes = {
  f8: Float64Array,
  f4: Float32Array,
  u1: Uint8Array,
  u4: Uint32Array
};
const loadedArrays = new Map();

async function inflated(base64) {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < bytes.length; ++k) bytes[k] = text.charCodeAt(k);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function unshuffled(planes, size) {
  const bytes = new Uint8Array(planes.length);
  const count = planes.length / size;
  for (let rank = 0; rank < size; ++rank)
    for (let k = 0, plane = rank * count; k < count; ++k)
      bytes[k * size + rank] = planes[plane + k];
  return bytes;
}

async function decoded({array, type}) {
  const bytes = await inflated(document.getElementById(`array-${array}`).textContent);
  if (type === 'json') return JSON.parse(new TextDecoder().decode(bytes));
  return new arrayTypes[type](unshuffled(bytes, Number(type[1])).buffer);
}

/** The typed array (or the JSON) of a reference; undefined for no reference. */
async function loadArray(reference) {
  if (!reference) return undefined;
  if (!loadedArrays.has(reference.array)) loadedArrays.set(reference.array, decoded(reference));
  return loadedArrays.get(reference.array);
}

/** All arrays of an object of references, by the same names. */
async function loadArrays(references) {
  const entries = Object.entries(references ?? {}).filter(([, reference]) => reference?.type);
  const arrays = await Promise.all(entries.map(([, reference]) => loadArray(reference)));
  return Object.fromEntries(entries.map(([name], k) => [name, arrays[k]]));
}
