import { Failure, program } from './program.js';

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const two = (value: number): string => String(value).padStart(2, '0');

/** A time in UTC, which every instance of the fake has, by a format of `date`. */
export function formatted(ms: number, format: string): string {
  const time = new Date(ms);
  const [day = '', month = ''] = [days[time.getUTCDay()], months[time.getUTCMonth()]];
  const hour = time.getUTCHours();
  const start = Date.UTC(time.getUTCFullYear(), 0, 1);
  const known: Readonly<Record<string, () => string>> = {
    '%': () => '%',
    A: () => day,
    B: () => month,
    D: () => formatted(ms, '%m/%d/%y'),
    F: () => formatted(ms, '%Y-%m-%d'),
    H: () => two(hour),
    I: () => two(hour % 12 || 12),
    M: () => two(time.getUTCMinutes()),
    R: () => formatted(ms, '%H:%M'),
    S: () => two(time.getUTCSeconds()),
    T: () => formatted(ms, '%H:%M:%S'),
    Y: () => String(time.getUTCFullYear()),
    Z: () => 'UTC',
    a: () => day.slice(0, 3),
    b: () => month.slice(0, 3),
    h: () => month.slice(0, 3),
    c: () => formatted(ms, '%a %b %e %H:%M:%S %Y'),
    d: () => two(time.getUTCDate()),
    e: () => String(time.getUTCDate()).padStart(2),
    j: () => String(Math.floor((ms - start) / 86_400_000) + 1).padStart(3, '0'),
    m: () => two(time.getUTCMonth() + 1),
    n: () => '\n',
    p: () => (hour < 12 ? 'AM' : 'PM'),
    s: () => String(Math.floor(ms / 1000)),
    t: () => '\t',
    u: () => String(time.getUTCDay() || 7),
    w: () => String(time.getUTCDay()),
    y: () => two(time.getUTCFullYear() % 100),
    z: () => '+0000',
  };
  return format.replace(/%([^])/g, (whole, letter: string) => known[letter]?.() ?? whole);
}

/** `date`, by the clock of the fake; nobody sets it. */
export const date = program(async (task) => {
  const { given, rest } = task.options('ud:RI');
  const text = given.get('d');
  const ms = text === undefined ? task.now : timeIn(text);
  const [format] = rest;
  if (format !== undefined && !format.startsWith('+'))
    throw new Failure("can't set date: Operation not permitted");
  const own = given.has('R')
    ? '%a, %d %b %Y %H:%M:%S +0000'
    : given.has('I')
      ? '%F'
      : '%a %b %e %H:%M:%S UTC %Y';
  await task.lines([formatted(ms, format?.slice(1) ?? own)]);
});

function timeIn(text: string): number {
  const [, seconds] = /^@(-?\d+)$/.exec(text) ?? [];
  if (seconds !== undefined) return Number(seconds) * 1000;
  const [, day, hour = '00:00:00'] = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d(?::\d\d)?))?$/.exec(text) ?? [];
  const ms = Date.parse(`${day ?? ''}T${hour}Z`);
  if (Number.isNaN(ms)) throw new Failure(`invalid date '${text}'`);
  return ms;
}
