import type { Conflict } from '../../lib/errors/index.js';
import { Drafts } from '../../lib/orm/drafts.js';
import { emptyMap, type Json, type JsonMap } from '../../lib/orm/index.js';

const mine = ({ mine: value }: Conflict) => value as Json;

const start = () =>
  new Drafts({
    data: {
      description: 'old',
      config: { a: '1', b: '1' },
      devices: { root: { type: 'disk', path: '/' } },
      profiles: ['default'],
      nothing: null,
    },
    version: 'v1',
  });

type Texts = Record<string, string>;

/** The draft of a field, as its property would give it. */
const open = (drafts: Drafts) => ({
  get config() {
    return drafts.open('config', emptyMap) as Texts;
  },
  get devices() {
    return drafts.open('devices', emptyMap) as Record<string, Texts>;
  },
  get profiles() {
    return drafts.open('profiles', () => []) as string[];
  },
});

/** The base with devices changed by somebody else. */
function theirsOf(drafts: Drafts, edit: (devices: Record<string, Texts>) => void): JsonMap {
  const theirs = JSON.parse(JSON.stringify(drafts.base)) as { devices: Record<string, Texts> };
  edit(theirs.devices);
  return theirs;
}

describe('Drafts', () => {
  test('cost nothing until something is read to be changed', () => {
    const drafts = start();
    expect(drafts.has('config')).toBe(false);
    expect(drafts.get('config')).toBe(drafts.base.config);
    expect(drafts.changes()).toEqual([]);
  });

  test('leave what the server said alone', () => {
    const drafts = start();
    const before = JSON.stringify(drafts.base);
    open(drafts).config.a = '2';
    open(drafts).devices.root!.path = '/mnt';
    open(drafts).profiles.push('x');
    drafts.assign(['description'], 'new');
    expect(JSON.stringify(drafts.base)).toBe(before);
  });

  test('are the same object at every reading', () => {
    const drafts = start();
    expect(open(drafts).config).toBe(open(drafts).config);
    expect(drafts.get('config')).toBe(open(drafts).config);
  });

  test('of a null or an absent field are no change until something is in them', () => {
    const drafts = start();
    for (const wire of ['nothing', 'absent']) {
      const map = drafts.open(wire, emptyMap) as Texts;
      expect(drafts.changes()).toEqual([]);
      map.a = '1';
      expect(drafts.changes()).toEqual([{ path: [wire, 'a'], from: undefined, to: '1' }]);
      delete map.a;
    }
    expect(drafts.merged().nothing).toBeNull();
    expect(Object.hasOwn(drafts.merged(), 'absent')).toBe(false);
  });

  test('assigned whole stay the same objects', () => {
    const drafts = start();
    const { config, devices, profiles } = open(drafts);
    const { root } = devices;

    drafts.assign(['config'], { c: '1' });
    drafts.assign(['devices'], { root: { type: 'disk' } });
    drafts.assign(['profiles'], ['x']);

    expect({ ...config }).toEqual({ c: '1' });
    expect({ ...root }).toEqual({ type: 'disk' });
    expect(devices.root).toBe(root);
    expect(profiles).toEqual(['x']);
  });

  test.each<[string[], Json, unknown]>([
    [['config', 'a'], '2', { a: '2', b: '1' }],
    [['config', 'a'], undefined, { b: '1' }],
    [['config', '__proto__'], 'p', JSON.parse('{"a":"1","b":"1","__proto__":"p"}')],
    [['devices', 'root', 'size'], '1', { root: { type: 'disk', path: '/', size: '1' } }],
    [['devices', 'eth0', 'type'], 'nic', { root: { type: 'disk', path: '/' }, eth0: { type: 'nic' } }],
    [['devices', 'root'], undefined, {}],
  ])('assign %j', (path, value, expected) => {
    const drafts = start();
    drafts.assign(path, value);
    expect(JSON.stringify(drafts.get(path[0]!))).toBe(JSON.stringify(expected));
    expect(drafts.stands({ path, base: undefined, mine: value, theirs: undefined })).toBe(true);
    expect(drafts.stands({ path, base: undefined, mine: 'other', theirs: undefined })).toBe(false);
  });

  test('written are clean; edits made since the write began stay edits', () => {
    const drafts = start();
    const config = open(drafts).config;
    config.a = '2';
    const sent = drafts.merged();
    config.b = '2';

    drafts.written(sent);

    expect(drafts.changes()).toEqual([{ path: ['config', 'b'], from: '1', to: '2' }]);
    expect(drafts.version).toBeUndefined();
    drafts.revert();
    expect({ ...config }).toEqual({ a: '2', b: '1' });
  });

  test('of a scalar follow the server once they are written', () => {
    const drafts = start();
    drafts.assign(['description'], 'new');
    drafts.written(drafts.merged());
    drafts.rebase({ data: { ...drafts.base, description: 'theirs' } }, mine);
    expect(drafts.get('description')).toBe('theirs');
    expect(drafts.changes()).toEqual([]);
  });

  test('are all as they were if a conflict cannot be decided', () => {
    const drafts = start();
    open(drafts).profiles.push('x');
    open(drafts).config.a = '2';
    const before = JSON.stringify(drafts.merged());
    const theirs: JsonMap = { ...drafts.base, config: { a: '3' }, profiles: ['y', 'default'] };

    expect(() =>
      drafts.rebase({ data: theirs, version: 'v2' }, () => {
        throw new Error('no idea');
      }),
    ).toThrow('no idea');

    expect(JSON.stringify(drafts.merged())).toBe(before);
    expect(drafts.version).toBe('v1');
  });

  test('leave a device that the user put in alone while the server agrees with it', () => {
    const drafts = start();
    const devices = open(drafts).devices;
    const data = { type: 'disk', source: '/srv' };
    devices.data = data;
    drafts.written(drafts.merged());
    drafts.rebase({ data: theirsOf(drafts, () => {}) }, mine);

    expect(devices.data).toBe(data);
    data.source = '/home';
    expect(drafts.changes()).toEqual([{ path: ['devices', 'data', 'source'], from: '/srv', to: '/home' }]);
  });

  test.each([
    ['frozen', Object.freeze({ type: 'disk' })],
    ['in two places', { type: 'disk' }],
  ])("put the server's changes into a copy of a device that is %s", (_, data) => {
    const [drafts, other] = [start(), start()];
    open(drafts).devices.data = data;
    open(other).devices.data = data;
    drafts.written(drafts.merged());
    const theirs = theirsOf(drafts, ({ data }) => (data!.readonly = 'true'));

    drafts.rebase({ data: theirs }, mine);

    expect({ ...open(drafts).devices.data }).toEqual({ type: 'disk', readonly: 'true' });
    expect(open(other).devices.data).toEqual({ type: 'disk' });
    expect(data).toEqual({ type: 'disk' });
    expect(drafts.changes()).toEqual([]);
  });

  test("put the server's changes into a copy of a device of another model", () => {
    const [drafts, other] = [start(), start()];
    const root = open(other).devices.root;
    open(drafts).devices.copied = root!;
    drafts.written(drafts.merged());
    const theirs = theirsOf(drafts, ({ copied }) => (copied!.size = '1'));

    drafts.rebase({ data: theirs }, mine);

    expect(root?.size).toBeUndefined();
    expect(other.changes()).toEqual([]);
  });

  describe('dropEmpty', () => {
    test('takes empty texts away at any depth, in a copy of what is not ours', () => {
      const drafts = start();
      const data = Object.freeze({ type: 'disk', size: '' });
      open(drafts).config.a = '';
      open(drafts).devices.data = data;
      open(drafts).devices.root!.path = '';

      drafts.dropEmpty(['config', 'devices', 'absent']);

      expect(drafts.changes()).toEqual([
        { path: ['config', 'a'], from: '1', to: undefined },
        { path: ['devices', 'root', 'path'], from: '/', to: undefined },
        { path: ['devices', 'data'], from: undefined, to: { type: 'disk' } },
      ]);
      expect(data.size).toBe('');
    });

    test('leaves those that the server has itself', () => {
      const drafts = new Drafts({ data: { config: { a: '' }, devices: { x: { y: '' } } } });
      drafts.open('config', emptyMap);
      drafts.open('devices', emptyMap);
      drafts.dropEmpty(['config', 'devices']);
      expect(drafts.changes()).toEqual([]);
    });
  });

  test('hold the newest conflict of each place', () => {
    const drafts = start();
    const conflict = (path: string[], theirs: string) => ({ path, base: '1', mine: '2', theirs });
    drafts.hold([]);
    expect(drafts.pending).toBeUndefined();
    drafts.hold([conflict(['config', 'a'], '3'), conflict(['config', 'b'], '3')]);
    drafts.hold([conflict(['config', 'a'], '4')]);
    drafts.hold([]);
    expect(drafts.pending).toEqual([conflict(['config', 'b'], '3'), conflict(['config', 'a'], '4')]);
    drafts.revert();
    expect(drafts.pending).toBeUndefined();
  });
});
