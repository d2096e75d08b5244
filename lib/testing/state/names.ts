import type { Chance } from './chance.js';

const adjectives =
  'able bold brave calm clever eager fair glad keen kind lucky merry neat proud quick ready sunny warm';
const animals =
  'badger bee crane dove falcon fox gecko heron ibis lark lynx marten newt otter owl robin seal wren';

/** What is made without a name gets this one: `backup%d` with a number above all others. */
export function nextName(pattern: string, taken: Iterable<string> = []): string {
  const [start = '', end = ''] = pattern.split('%d');
  let next = 0;
  for (const name of taken) {
    const number = name.slice(start.length, name.length - end.length);
    if (name === start + number + end && /^\d+$/.test(number)) next = Math.max(next, Number(number) + 1);
  }
  return pattern.replace('%d', String(next));
}

/** A name such as `keen-otter` that is not taken, as the servers give one to an instance that has none. */
export function petName(chance: Chance, taken: (name: string) => boolean): string {
  const [adjective, animal] = [adjectives, animals].map((words) => chance.pick(words.split(' ')));
  const name = `${adjective}-${animal}`;
  if (!taken(name)) return name;
  let count = 2;
  while (taken(`${name}-${count}`)) count++;
  return `${name}-${count}`;
}
