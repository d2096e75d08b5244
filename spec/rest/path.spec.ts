import { InvalidInputError } from '../../lib/errors/index.js';
import { buildQuery, fillPath, type Query } from '../../lib/rest/endpoints/path.js';

describe('fillPath', () => {
  test.each([
    ['web', 'web'],
    ['../instances/x', '..%2Finstances%2Fx'],
    ['a/b', 'a%2Fb'],
    ['/', '%2F'],
    ['ä b', '%C3%A4%20b'],
    ['%2F', '%252F'],
    ['?', '%3F'],
    ['x?project=other', 'x%3Fproject%3Dother'],
    ['#', '%23'],
    ['.', '%2E'],
    ['..', '%2E%2E'],
    ['...', '...'],
    ['a..b', 'a..b'],
    ['%2E%2E', '%252E%252E'],
    ['\\..\\', '%5C..%5C'],
    ['a\r\nHost: x', 'a%0D%0AHost%3A%20x'],
    ['\0', '%00'],
    ['a+b&c=d;e', 'a%2Bb%26c%3Dd%3Be'],
    ['fd42::1', 'fd42%3A%3A1'],
    ['[fe80::1%eth0]', '%5Bfe80%3A%3A1%25eth0%5D'],
    ['{name}', '%7Bname%7D'],
    ['$&', '%24%26'],
    ['constructor', 'constructor'],
    ['🐧', '%F0%9F%90%A7'],
  ])('puts %j into one segment', (name, segment) => {
    const path = fillPath('/1.0/profiles/{name}', { name });

    expect(path).toBe(`/1.0/profiles/${segment}`);
    expect(path.split('/')).toHaveLength(4);
    if (!/^\.\.?$/.test(name)) expect(decodeURIComponent(path)).toBe(`/1.0/profiles/${name}`);
  });

  test('fills several parameters, each from its own name', () => {
    const template = '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}';
    const params = { volumeName: '{type}', type: 'custom', poolName: 'a/b', project: 'unused' };

    expect(fillPath(template, params)).toBe('/1.0/storage-pools/a%2Fb/volumes/custom/%7Btype%7D');
  });

  test('leaves a path without parameters alone', () => {
    expect(fillPath('/1.0/operations/x/wait?project=a%20b')).toBe('/1.0/operations/x/wait?project=a%20b');
  });

  test.each([
    ['missing', {}, "/1.0/profiles/{name}: the path parameter 'name' is missing; pass { name: 'some name' }"],
    ['undefined', { name: undefined }, "'name' is missing"],
    ['empty', { name: '' }, "'name' is empty"],
    ['a number', { name: 7 }, "'name' is not a string"],
    ['an array', { name: ['x'] }, "'name' is not a string"],
    ['null', { name: null }, "'name' is not a string"],
    ['half a surrogate pair', { name: 'a\ud800' }, "'name' is not well-formed text"],
  ])('refuses a parameter that is %s', (_, params, message) => {
    const fill = () => fillPath('/1.0/profiles/{name}', params);

    expect(fill).toThrow(InvalidInputError);
    expect(fill).toThrow(message);
  });

  test('takes nothing from the prototype of the parameters', () => {
    expect(() => fillPath('/1.0/{constructor}', {})).toThrow(InvalidInputError);
    expect(() => fillPath('/1.0/{name}', Object.create({ name: 'inherited' }))).toThrow(InvalidInputError);
  });
});

describe('buildQuery', () => {
  test.each<[Query, string]>([
    [{}, ''],
    [{ project: undefined }, ''],
    [
      { recursion: 1, 'all-projects': true, force: false, timeout: -1 },
      'recursion=1&all-projects=true&force=false&timeout=-1',
    ],
    [{ fields: ['state.disk', 'state.network'] }, 'fields=state.disk&fields=state.network'],
    [{ fields: [] }, ''],
    [{ recursion: '2;fields=state.disk' }, 'recursion=2%3Bfields%3Dstate.disk'],
    [{ project: 'ä b&c=d#e?f' }, 'project=%C3%A4+b%26c%3Dd%23e%3Ff'],
    [{ path: '/etc/a+b%2F' }, 'path=%2Fetc%2Fa%2Bb%252F'],
    [{ secret: '' }, 'secret='],
  ])('%j', (query, text) => {
    expect(buildQuery(query)).toBe(text);
  });

  test('nothing given is nothing sent', () => {
    expect(buildQuery()).toBe('');
  });

  test.each([[{ toString: () => 'x' }], [null], [[['nested']]], [() => 'x']])('refuses %p', (value) => {
    expect(() => buildQuery({ project: value as unknown as string })).toThrow(InvalidInputError);
  });
});
