import type { FakeConsole, FakeConsoleResult } from '../../../console/console.js';
import type { FakeCommand, FakeCommandResult } from '../../../exec/command.js';
import { Handlers } from '../../../exec/handlers.js';
import type { State } from '../../../state/state.js';
import { Processes } from './processes.js';

/** What is known of all instances together: what runs in them, and who is behind it. */
class Runtime {
  readonly processes = new Processes();
  /** Who runs commands, and who is behind consoles. */
  readonly execHandlers = new Handlers<FakeCommand, FakeCommandResult>('onExec');
  readonly consoleHandlers = new Handlers<FakeConsole, FakeConsoleResult>('onConsole');
  /** Of the first process of the instance that was started last. */
  lastPid = 1000;
}

/** The one of a server. */
export function runtimeOf(state: State): Runtime {
  return state.part(Runtime);
}
