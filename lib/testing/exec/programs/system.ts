import { nameOf } from './attributes.js';
import { Failure, program } from './program.js';

export const pwd = program(async (task) => task.lines([task.process.cwd]).then(() => undefined));

export const hostname = program(async (task) => {
  if (task.args.length > 0) throw new Failure("tslxd/testing has 'hostname' without arguments alone");
  await task.lines([task.process.instance]);
});

/** All of the environment; or a command with more of it, or with nothing else. */
export const env = program(async (task, { run }) => {
  const words = [...task.args];
  let isEmpty = false;
  const gone = new Set<string>();
  while (words[0]?.startsWith('-')) {
    const word = words.shift() ?? '';
    if (word === '-i' || word === '-') isEmpty = true;
    else if (word === '-u') gone.add(words.shift() ?? '');
    else throw new Failure(`invalid option -- '${word.charAt(1)}'`);
  }
  const more: [string, string][] = [];
  while (/^[^=]+=/.test(words[0] ?? '')) {
    const word = words.shift() ?? '';
    more.push([word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]);
  }
  const { process } = task;
  const own = Object.entries(isEmpty ? {} : process.environment).filter(([name]) => !gone.has(name));
  const environment = Object.fromEntries([...own, ...more]);
  if (words.length === 0) {
    await task.lines(Object.entries(environment).map(([name, value]) => `${name}=${value}`));
    return 0;
  }
  const to = (bytes: Buffer): Promise<void> => task.say(bytes);
  const child = process.child(words, environment, process.cwd, to, async (bytes) => {
    process.stderr.write(bytes);
    return Promise.resolve();
  });
  const code = await child.run(run);
  if (child.isMissing) await task.complain(`can't execute '${words[0] ?? ''}': No such file or directory`);
  return code;
});

/** Of the clock of the fake, so that who owns that need not wait. */
export const sleep = program(async (task) => {
  if (task.args.length === 0) throw new Failure('missing operand');
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3600, d: 86400 };
  const seconds = task.args.reduce((sum, word) => {
    const [, number, unit = ''] = /^(\d*\.?\d+)([smhd]?)$/.exec(word) ?? [];
    if (number === undefined) throw new Failure(`invalid number '${word}'`);
    return sum + Number(number) * (units[unit] ?? 1);
  }, 0);
  await new Promise<void>((resolve) => task.process.spec.clock.after(seconds * 1000, resolve));
});

export const uname = program(async (task) => {
  const { given } = task.options('asnrvmpo');
  const parts: readonly (readonly [letter: string, text: string])[] = [
    ['s', 'Linux'],
    ['n', task.process.instance],
    ['r', '6.1.0'],
    ['v', '#1 SMP'],
    ['m', 'x86_64'],
    ['o', 'GNU/Linux'],
  ];
  const shown = parts.filter(
    ([letter]) => given.has('a') || given.has(letter) || (given.size === 0 && letter === 's'),
  );
  await task.lines([shown.map(([, text]) => text).join(' ')]);
});

export const id = program(async (task) => {
  const { given } = task.options('ugn');
  const { user, group } = task.process;
  const [userName, groupName] = [nameOf(task, 'user', user), nameOf(task, 'group', group)];
  const named = (number: number, name: string): string =>
    name === String(number) ? name : `${String(number)}(${name})`;
  const isGroup = given.has('g');
  if (isGroup || given.has('u')) {
    const [number, name] = isGroup ? [group, groupName] : [user, userName];
    await task.lines([given.has('n') ? name : String(number)]);
  } else await task.lines([`uid=${named(user, userName)} gid=${named(group, groupName)}`]);
});

export const whoami = program(async (task) => {
  await task.lines([nameOf(task, 'user', task.process.user)]);
});
