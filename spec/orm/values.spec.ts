import { part, toValue, type Json } from '../../lib/orm/index.js';
import { entriesOf, hostileKeys, mapOf } from './support/hostile.js';

class Port {
  @part() readonly number!: number;
  @part() readonly macAddress!: string;

  get label(): string {
    return `port ${String(this.number)}`;
  }
}

class Card {
  @part() readonly name!: string;
  @part() readonly isUp!: boolean;
  @part() readonly size!: string;
  @part({ type: () => Port }) readonly firstPort!: Port;
  @part({ type: () => Port }) readonly ports!: Port[];
  @part({ as: 'map', type: () => Port }) readonly named!: Record<string, Port>;
  @part({ wire: 'plain_map', as: 'map' }) readonly plain!: Record<string, string>;
  @part({ as: 'time' }) readonly seenAt!: Date | null;
}

const card = (json: unknown) => toValue(Card, json as Json);

describe('toValue', () => {
  test('makes typed objects, nested ones too', () => {
    const made = card({
      name: 'eth0',
      is_up: true,
      first_port: { number: 1 },
      ports: [{ number: 1 }, { number: 2 }],
    });

    expect(made).toBeInstanceOf(Card);
    expect(made.isUp).toBe(true);
    expect(made.firstPort).toBeInstanceOf(Port);
    expect(made.ports.map(({ label }) => label)).toEqual(['port 1', 'port 2']);
  });

  test('takes values as they are: no text becomes a number or a boolean', () => {
    const made = card({ is_up: 'false', size: '4GiB', name: 7 });
    expect([made.isUp, made.size, made.name]).toEqual(['false', '4GiB', 7]);
  });

  test('has a map of everything in it, whatever the keys', () => {
    const json = {
      named: mapOf(hostileKeys, (key) => ({ number: key.length })),
      plain_map: mapOf(hostileKeys, (key) => `of ${key}`),
    };
    const made = card(JSON.parse(JSON.stringify(json)));

    expect(entriesOf(made.plain)).toEqual(entriesOf(json.plain_map));
    expect(entriesOf(made.named).map(([key, port]) => [key, (port as Port).number])).toEqual(
      entriesOf(json.named).map(([key]) => [key, key.length]),
    );
    expect(made.named.constructor).toBeInstanceOf(Port);
  });

  test.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'lives with a key %s of its own',
    (key) => {
      const made = card(
        JSON.parse(`{"name":"eth0","${key}":{"isUp":true},"ports":[{"${key}":"x","number":1}]}`),
      );

      expect(made).toBeInstanceOf(Card);
      expect(made.name).toBe('eth0');
      expect(made.isUp).toBeUndefined();
      expect(made.ports[0]).toBeInstanceOf(Port);
      expect(({} as Record<string, unknown>).isUp).toBeUndefined();
    },
  );

  test('shows what was absent as absent', () => {
    const made = card({ name: 'eth0' });
    expect('isUp' in made).toBe(false);
    expect(Object.keys(JSON.parse(JSON.stringify(made)) as object).sort()).toEqual([
      'name',
      'named',
      'plain',
      'seenAt',
    ]);
  });

  test.each([
    ['', null],
    ['0001-01-01T00:00:00Z', null],
    [undefined, null],
    ['2030-01-02T03:04:05.123456789Z', 1893553445123],
  ])('reads the time %j', (text, ms) => {
    expect(card({ seen_at: text }).seenAt?.getTime() ?? null).toBe(ms);
  });

  test.each([[null], [undefined], ['text'], [[]], [1]])('makes an empty object of %j', (json) => {
    const made = card(json);
    expect(made).toBeInstanceOf(Card);
    expect(entriesOf(made.named)).toEqual([]);
    expect(made.seenAt).toBeNull();
  });

  test('leaves the JSON alone', () => {
    const json = { first_port: { number: 1 }, named: { a: { number: 1 } } };
    const made = card(json);
    (made.firstPort as { number: number }).number = 2;
    expect(json).toEqual({ first_port: { number: 1 }, named: { a: { number: 1 } } });
  });
});
