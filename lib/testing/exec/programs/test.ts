import type { Node } from '../../files/nodes.js';
import { Failure, program, type Task } from './program.js';

/** `test` and `[`: 0 is yes, 1 is no, 2 is no question. */
export const test = program(
  (task) => {
    const [name] = task.process.command;
    const words = [...task.args];
    if (name?.endsWith('[') && words.pop() !== ']') throw new Failure('missing ]', 2);
    if (words.length === 0) return 1;
    const question = new Question(task, words);
    return question.answer() ? 0 : 1;
  },
  { isOfShell: true },
);

type Comparison = (a: string, b: string) => boolean;

const binary: Readonly<Record<string, Comparison>> = {
  '=': (a, b) => a === b,
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '-eq': (a, b) => number(a) === number(b),
  '-ne': (a, b) => number(a) !== number(b),
  '-lt': (a, b) => number(a) < number(b),
  '-le': (a, b) => number(a) <= number(b),
  '-gt': (a, b) => number(a) > number(b),
  '-ge': (a, b) => number(a) >= number(b),
};

const isFile = (node: Node | undefined): boolean => node?.type === 'file';
const may = (bit: number) => (node: Node | undefined) =>
  node !== undefined && (bit === 4 || bit === 2 || (node.mode & 0o111) !== 0);

/** Root may read and write everything. */
const ofFile: Readonly<Record<string, (node: Node | undefined) => boolean>> = {
  '-e': (node) => node !== undefined,
  '-f': isFile,
  '-d': (node) => node?.type === 'directory',
  '-s': (node) => node !== undefined && (node.type !== 'file' || node.data.length > 0),
  '-r': may(4),
  '-w': may(2),
  '-x': may(1),
  '-b': () => false,
  '-c': () => false,
  '-p': () => false,
  '-S': () => false,
};

function number(text: string): bigint {
  if (!/^\s*[-+]?\d+\s*$/.test(text)) throw new Failure(`${text}: bad number`, 2);
  return BigInt(text.trim().replace(/^\+/, ''));
}

class Question {
  readonly #task: Task;
  readonly #words: readonly string[];
  #at = 0;

  constructor(task: Task, words: readonly string[]) {
    this.#task = task;
    this.#words = words;
  }

  answer(): boolean {
    const words = this.#words;
    const [first = '', second = '', third = ''] = words;
    // Of so few words their number says what is what, whatever they are.
    if (words.length === 1) return first !== '';
    if (words.length === 2 && first === '!') return second === '';
    if (words.length === 3 && Object.hasOwn(binary, second)) return binary[second]?.(first, third) ?? false;
    const value = this.#or();
    const odd = words[this.#at];
    if (odd !== undefined) throw new Failure(`${odd}: unknown operand`, 2);
    return value;
  }

  #peek(ahead = 0): string | undefined {
    return this.#words[this.#at + ahead];
  }

  #or(): boolean {
    let value = this.#and();
    while (this.#peek() === '-o') {
      this.#at++;
      value = this.#and() || value;
    }
    return value;
  }

  #and(): boolean {
    let value = this.#not();
    while (this.#peek() === '-a') {
      this.#at++;
      value = this.#not() && value;
    }
    return value;
  }

  #not(): boolean {
    if (this.#peek() !== '!' || this.#peek(1) === undefined) return this.#primary();
    this.#at++;
    return !this.#not();
  }

  #primary(): boolean {
    const word = this.#peek();
    if (word === undefined) throw new Failure('argument expected', 2);
    const operator = this.#peek(1) ?? '';
    const right = this.#peek(2);
    if (Object.hasOwn(binary, operator) && right !== undefined) {
      this.#at += 3;
      return binary[operator]?.(word, right) ?? false;
    }
    if (word === '(') {
      this.#at++;
      const value = this.#or();
      if (this.#peek() !== ')') throw new Failure('closing paren expected', 2);
      this.#at++;
      return value;
    }
    const operand = this.#peek(1);
    if (operand !== undefined && /^-\w$/.test(word)) {
      const answer = this.#unary(word, operand);
      if (answer !== undefined) {
        this.#at += 2;
        return answer;
      }
    }
    this.#at++;
    return word !== '';
  }

  #unary(operator: string, operand: string): boolean | undefined {
    if (operator === '-n') return operand !== '';
    if (operator === '-z') return operand === '';
    if (operator === '-L' || operator === '-h') return this.#task.node(operand)?.type === 'symlink';
    if (operator === '-t') return this.#task.process.interactive;
    return ofFile[operator]?.(this.#task.target(operand));
  }
}
