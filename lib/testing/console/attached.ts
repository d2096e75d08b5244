import { PassThrough, type Writable } from 'node:stream';
import { writableTo, write, type Sink } from '../exec/sink.js';
import { Window, type WindowSize } from '../exec/window.js';
import type { InstanceRecord } from '../kinds/instances/records.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import type { State } from '../state/state.js';
import type { FakeConsole } from './console.js';
import { runtimeOf } from '../kinds/instances/state/runtime.js';

/** What a console is of. */
export interface ConsoleSpec {
  state: State;
  project: ProjectRecord;
  instance: InstanceRecord;
  window: Window;
}

/** A console as handlers have it. */
export class Attached implements FakeConsole {
  readonly instance: string;
  readonly project: string;
  readonly stdin = new PassThrough();
  readonly stdout: Writable;
  readonly onResize: FakeConsole['onResize'];
  readonly #leaving = new AbortController();
  readonly #state: State;
  readonly #window: Window;

  constructor(
    { state, project, instance, window }: ConsoleSpec,
    readonly type: FakeConsole['type'],
    show: Sink,
  ) {
    this.instance = instance.name;
    this.project = project.name;
    this.stdout = writableTo(show);
    this.onResize = window.onResize;
    this.#state = state;
    this.#window = window;
  }

  get terminal(): WindowSize {
    return this.#window.size;
  }

  get signal(): AbortSignal {
    return this.#leaving.signal;
  }

  /** Hands it to whoever takes it. */
  async begin(): Promise<void> {
    const { type } = this;
    this.#state.lifecycle(this.project, 'instance-console', ['instances', this.instance], { type });
    const { result, failure } = await runtimeOf(this.#state).consoleHandlers.ask(this);
    const last = failure ?? result?.stdout;
    if (last !== undefined) await write(this.stdout, last);
    this.stdin.resume(); // nobody reads on
  }

  leave(): void {
    this.stdin.end();
    this.#leaving.abort();
  }
}
