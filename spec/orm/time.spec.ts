import { readTime, unixZero, writeTime, zeroTime } from '../../lib/orm/time.js';

describe('readTime', () => {
  test.each([
    [undefined],
    [null],
    [''],
    [0],
    ['0001-01-01T00:00:00Z'],
    ['0001-01-01T01:00:00+01:00'],
    ['1970-01-01T00:00:00Z'],
    ['tomorrow'],
  ])('%j is no time', (value) => {
    expect(readTime(value)).toBeNull();
  });

  test.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05.000Z'],
    ['2030-01-02T03:04:05.123456789Z', '2030-01-02T03:04:05.123Z'],
    ['2030-01-02T03:04:05+02:00', '2030-01-02T01:04:05.000Z'],
    ['1970-01-01T00:00:01Z', '1970-01-01T00:00:01.000Z'],
  ])('%s is %s', (value, iso) => {
    expect(readTime(value)?.toISOString()).toBe(iso);
  });
});

describe('writeTime', () => {
  test.each([
    ['2030-01-02T03:04:05Z', '2030-01-02T03:04:05Z'],
    ['2030-01-02T03:04:50.000Z', '2030-01-02T03:04:50Z'],
    ['2030-01-02T03:04:05.120Z', '2030-01-02T03:04:05.12Z'],
    ['2030-01-02T03:04:05.001Z', '2030-01-02T03:04:05.001Z'],
    ['2030-01-02T03:04:05+02:00', '2030-01-02T01:04:05Z'],
    ['2030-01-02', '2030-01-02T00:00:00Z'],
  ])('%s is written as Go does, %s', (value, text) => {
    expect(writeTime(value)).toBe(text);
    expect(writeTime(new Date(value))).toBe(text);
  });

  test('none is what the server takes for it', () => {
    expect(writeTime(null)).toBe(zeroTime);
    expect(writeTime(null, unixZero)).toBe(unixZero);
  });
});
