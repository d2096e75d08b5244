import { ProtocolError } from '../../lib/errors/index.js';
import { asList, asObject, asObjects, asText, asTexts } from '../../lib/rest/answers.js';

const asked = { method: 'GET', path: '/1.0/x?secret=1' };

const typed = { asObject, asList, asObjects, asTexts, asText };

const values: Record<string, unknown> = {
  null: null,
  missing: undefined,
  number: 5,
  true: true,
  text: 'a secret',
  list: [],
  object: {},
  'objects and null': [{}, null],
  'texts and a number': ['a', 1],
  objects: [{}],
  texts: ['a'],
};

const good: Record<keyof typeof typed, string[]> = {
  asObject: ['object'],
  asList: ['null', 'missing', 'list', 'objects and null', 'texts and a number', 'objects', 'texts'],
  asObjects: ['null', 'missing', 'list', 'objects'],
  asTexts: ['null', 'missing', 'list', 'texts'],
  asText: ['text'],
};

const cases = (Object.keys(typed) as (keyof typeof typed)[]).flatMap((name) =>
  Object.keys(values).map((kind) => ({ name, kind })),
);

test.each(cases)('$name: $kind', ({ name, kind }) => {
  const metadata = values[kind];
  const read = () => typed[name]({ metadata }, asked);
  if (good[name].includes(kind)) {
    expect(read()).toEqual(metadata ?? []);
    return;
  }
  let error: unknown;
  try {
    read();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ method: 'GET', path: '/1.0/x' });
  expect((error as Error).message).toMatch(/^GET \/1\.0\/x: the answer has .* where an? /);
  expect((error as Error).message).not.toContain('secret');
});
