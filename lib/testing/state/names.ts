const adjectives =
  'able bold brave calm clever eager fair glad keen kind lucky merry neat proud quick ready sunny warm';
const animals =
  'badger bee crane dove falcon fox gecko heron ibis lark lynx marten newt otter owl robin seal wren';

function pick(words: string): string {
  const list = words.split(' ');
  return list[Math.floor(Math.random() * list.length)]!;
}

/** A name such as `keen-otter` that is not taken, as the servers give one to an instance that has none. */
export function petName(taken: (name: string) => boolean): string {
  const name = `${pick(adjectives)}-${pick(animals)}`;
  if (!taken(name)) return name;
  let count = 2;
  while (taken(`${name}-${count}`)) count++;
  return `${name}-${count}`;
}
