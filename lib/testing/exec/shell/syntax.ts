/** What a shell runs: commands one after the other. */
export type Script = readonly AndOr[];

/** Pipelines, each but the first run only as the one before it went. */
export interface AndOr {
  readonly first: Pipeline;
  readonly rest: readonly { readonly when: '&&' | '||'; readonly pipeline: Pipeline }[];
}

/** Commands side by side, each with the output of the one before it. */
export interface Pipeline {
  readonly isNegated: boolean;
  readonly commands: readonly Command[];
}

/** Where a stream of a command goes to or comes from. */
export interface Redirect {
  /** 0, 1 or 2. */
  readonly fd: number;
  readonly operator: '<' | '>' | '>>' | '>|' | '<&' | '>&' | '<<' | '<>';
  /** A path, a number of another stream, or with `<<` what is read. */
  target: Word;
}

/** What all commands have. */
interface Any {
  readonly redirects: readonly Redirect[];
  readonly line: number;
}

/** A program, a builtin or a function with its arguments; `assignments` are for it alone, or for the shell without it. */
export interface Simple extends Any {
  readonly kind: 'simple';
  readonly assignments: readonly { readonly name: string; readonly value: Word }[];
  readonly words: readonly Word[];
}

export type Command =
  | Simple
  | (Any & { readonly kind: 'group' | 'subshell'; readonly body: Script })
  | (Any & {
      readonly kind: 'if';
      readonly branches: readonly { readonly condition: Script; readonly body: Script }[];
      readonly otherwise: Script;
    })
  | (Any & {
      readonly kind: 'for';
      readonly name: string;
      readonly words: readonly Word[] | undefined;
      readonly body: Script;
    })
  | (Any & {
      readonly kind: 'while';
      readonly until: boolean;
      readonly condition: Script;
      readonly body: Script;
    })
  | (Any & {
      readonly kind: 'case';
      readonly subject: Word;
      readonly cases: readonly { readonly patterns: readonly Word[]; readonly body: Script }[];
    })
  | (Any & { readonly kind: 'function'; readonly name: string; readonly body: Command });

/** A word before it is expanded. */
export type Word = readonly Part[];

export type Part =
  | { readonly kind: 'text'; readonly text: string; readonly quoted: boolean }
  | { readonly kind: 'command'; readonly script: Script; readonly quoted: boolean }
  | { readonly kind: 'arithmetic'; readonly expression: Word; readonly quoted: boolean }
  | Parameter;

/** `$name`, or `${name:-argument}` and the like; the operator `#` at the front is for the length. */
export interface Parameter {
  readonly kind: 'parameter';
  readonly name: string;
  readonly quoted: boolean;
  readonly operator?: '-' | '=' | '?' | '+' | '%' | '%%' | '#' | '##' | '/' | '//' | ':' | 'length';
  /** Is an empty value as bad as none? */
  readonly isColon?: boolean;
  readonly argument?: Word;
}

/** What is no shell's language, in the words of busybox. */
export class SyntaxProblem extends Error {
  constructor(
    message: string,
    readonly line: number,
    /** More text could make it right. */
    readonly isUnfinished = false,
  ) {
    super(`syntax error: ${message}`);
  }
}

/** What is a shell's language, and more than this one knows. */
export class UnknownSyntax extends Error {
  constructor(what: string) {
    super(`tslxd/testing has a small shell, which does not know '${what}'`);
  }
}
