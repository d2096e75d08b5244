/** What an expression of `$((…))` cannot be. */
export class ArithmeticError extends Error {}

/** Variables as an expression reads and writes them. */
export interface Numbers {
  get(name: string): string;
  set(name: string, value: string): void;
}

const token =
  /\s*(?:(0[xX][\da-fA-F]+|\d+)|([A-Za-z_]\w*)|(<<=|>>=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&|^]=|[-+*/%<>=!~&|^()?:,]))/y;

const levels: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['|'],
  ['^'],
  ['&'],
  ['==', '!='],
  ['<', '>', '<=', '>='],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '%'],
];

/** The value of an expression: whole numbers of 64 bits. @throws ArithmeticError */
export function evaluate(text: string, numbers: Numbers): bigint {
  if (text.trim() === '') return 0n;
  return new Expression(text, numbers).value();
}

class Expression {
  readonly #tokens: string[] = [];
  #at = 0;

  readonly #numbers: Numbers;

  constructor(text: string, numbers: Numbers) {
    this.#numbers = numbers;
    token.lastIndex = 0;
    const end = text.trimEnd().length;
    while (token.lastIndex < end) {
      const [, number, name, operator] = token.exec(text) ?? [];
      const found = number ?? name ?? operator;
      if (found === undefined) throw new ArithmeticError('arithmetic syntax error');
      this.#tokens.push(found);
    }
  }

  value(): bigint {
    const value = this.#assignment();
    if (this.#at < this.#tokens.length) throw new ArithmeticError('arithmetic syntax error');
    return value;
  }

  #take(...operators: string[]): string | undefined {
    const next = this.#tokens[this.#at];
    if (next === undefined || !operators.includes(next)) return undefined;
    this.#at++;
    return next;
  }

  #assignment(): bigint {
    const name = this.#tokens[this.#at] ?? '';
    const operator = this.#tokens[this.#at + 1] ?? '';
    if (!/^[A-Za-z_]/.test(name) || !/^([-+*/%&|^]|<<|>>)?=$/.test(operator)) return this.#choice();
    this.#at += 2;
    const given = this.#assignment();
    const value = operator === '=' ? given : apply(operator.slice(0, -1), this.#read(name), given);
    this.#numbers.set(name, String(value));
    return value;
  }

  #choice(): bigint {
    const condition = this.#binary(0);
    if (!this.#take('?')) return condition;
    const yes = this.#assignment();
    if (!this.#take(':')) throw new ArithmeticError('arithmetic syntax error');
    const no = this.#assignment();
    return condition ? yes : no;
  }

  #binary(level: number): bigint {
    const operators = levels[level];
    if (!operators) return this.#power();
    let left = this.#binary(level + 1);
    for (let operator = this.#take(...operators); operator; operator = this.#take(...operators))
      left = apply(operator, left, this.#binary(level + 1));
    return left;
  }

  #power(): bigint {
    const base = this.#unary();
    return this.#take('**') ? apply('**', base, this.#power()) : base;
  }

  #unary(): bigint {
    const operator = this.#take('-', '+', '!', '~', '++', '--');
    if (operator === '++' || operator === '--') {
      const name = this.#tokens[this.#at++] ?? '';
      return this.#step(name, operator);
    }
    if (operator === undefined) return this.#primary();
    const value = this.#unary();
    if (operator === '!') return value ? 0n : 1n;
    return operator === '-' ? -value : operator === '~' ? ~value : value;
  }

  #primary(): bigint {
    if (this.#take('(')) {
      const value = this.#assignment();
      if (!this.#take(')')) throw new ArithmeticError('arithmetic syntax error');
      return value;
    }
    const next = this.#tokens[this.#at++] ?? '';
    if (/^\d/.test(next)) return number(next);
    if (!/^[A-Za-z_]/.test(next)) throw new ArithmeticError('arithmetic syntax error');
    const value = this.#read(next);
    const step = this.#take('++', '--');
    if (step) this.#step(next, step);
    return value;
  }

  #step(name: string, operator: string): bigint {
    const value = this.#read(name) + (operator === '++' ? 1n : -1n);
    this.#numbers.set(name, String(value));
    return value;
  }

  #read(name: string): bigint {
    const text = this.#numbers.get(name).trim();
    if (text === '') return 0n;
    const [, sign, digits] = /^([-+]?)(0[xX][\da-fA-F]+|\d+)$/.exec(text) ?? [];
    if (digits !== undefined) return sign === '-' ? -number(digits) : number(digits);
    return evaluate(text, this.#numbers);
  }
}

function fail(message: string): never {
  throw new ArithmeticError(message);
}

function number(text: string): bigint {
  if (/^0[0-7]+$/.test(text)) return BigInt(`0o${text.slice(1)}`);
  if (/^0\d/.test(text)) throw new ArithmeticError('arithmetic syntax error');
  return BigInt(text);
}

function apply(operator: string, a: bigint, b: bigint): bigint {
  const truth = (value: boolean): bigint => (value ? 1n : 0n);
  if ((operator === '/' || operator === '%') && b === 0n) throw new ArithmeticError('divide by zero');
  const work: Readonly<Record<string, () => bigint>> = {
    '||': () => truth(a !== 0n || b !== 0n),
    '&&': () => truth(a !== 0n && b !== 0n),
    '|': () => a | b,
    '^': () => a ^ b,
    '&': () => a & b,
    '==': () => truth(a === b),
    '!=': () => truth(a !== b),
    '<': () => truth(a < b),
    '>': () => truth(a > b),
    '<=': () => truth(a <= b),
    '>=': () => truth(a >= b),
    '<<': () => a << (b & 63n),
    '>>': () => a >> (b & 63n),
    '+': () => a + b,
    '-': () => a - b,
    '*': () => a * b,
    '**': () => (b < 0n ? fail('exponent less than 0') : a ** b),
    '/': () => a / b,
    '%': () => a % b,
  };
  return BigInt.asIntN(64, work[operator]?.() ?? 0n);
}
