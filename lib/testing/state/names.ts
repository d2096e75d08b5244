import type { Chance } from './chance.js';

const adjectives =
  'able bold brave calm clever eager fair glad keen kind lucky merry neat proud quick ready sunny warm';
const animals =
  'badger bee crane dove falcon fox gecko heron ibis lark lynx marten newt otter owl robin seal wren';

/** A name such as `keen-otter` that is not taken, as the servers give one to an instance that has none. */
export function petName(chance: Chance, taken: (name: string) => boolean): string {
  const [adjective, animal] = [adjectives, animals].map((words) => chance.pick(words.split(' ')));
  const name = `${adjective}-${animal}`;
  if (!taken(name)) return name;
  let count = 2;
  while (taken(`${name}-${count}`)) count++;
  return `${name}-${count}`;
}
