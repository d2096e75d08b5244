import { shell } from '../shell/shell.js';
import { date } from './date.js';
import { chmod, chown, cp, ln, mkdir, mv, rm, rmdir, touch } from './files.js';
import { egrep, fgrep, grep } from './grep.js';
import { cut, rev, sort, tac, tr, uniq } from './lines.js';
import { find, ls, stat } from './listing.js';
import { basename, dirname, mktemp, readlink, realpath, which } from './paths.js';
import type { Program } from './program.js';
import { echo, printf } from './say.js';
import { sed } from './sed.js';
import { env, hostname, id, pwd, sleep, uname, whoami } from './system.js';
import { test } from './test.js';
import { head, tail } from './ends.js';
import { base64, cat, md5sum, seq, sha256sum, tee, wc, xargs } from './text.js';

const yes: Program = async () => Promise.resolve(0);
const no: Program = async () => Promise.resolve(1);

/** By their names, without folders. What is not here is not there, in no case. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>(
  Object.entries({
    ...{ basename, dirname, mktemp, readlink, realpath, which },
    ...{ chmod, chown, cp, ln, mkdir, mv, rm, rmdir, touch },
    ...{ cut, rev, sort, tac, tr, uniq },
    ...{ base64, cat, head, md5sum, seq, sha256sum, tail, tee, wc, xargs },
    ...{ date, echo, egrep, fgrep, find, grep, ls, printf, sed, stat },
    ...{ env, hostname, id, pwd, sleep, uname, whoami },
    ...{ '[': test, false: no, sh: shell, test, true: yes },
  }),
);
