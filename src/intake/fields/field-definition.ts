// What is said of a field of a message: its one definition. Intake takes kind and bounds from it, and so do docs/messages.md and
// the schema for editors (schema/message.schema.json).
import type { MethodName } from '../../model/method-name.ts';

/** A value beside the range, with its meaning. */
interface Special {
  readonly value: number;
  readonly meaning: string;
}

interface NodesKind {
  /** Text with commas, or a list; `@NAME` for a group. */
  readonly kind: 'nodes';
}

interface WayKind {
  /** Names of nodes, in their order: text with commas, or a list. */
  readonly kind: 'way';
  /** Of the names between sender and receiver. */
  readonly most: number;
}

interface NodeKind {
  /** The name of one node. */
  readonly kind: 'node';
}

interface MessagesKind {
  /** Ids of messages, and places of earlier messages of the same list: one, text with commas, or a list. */
  readonly kind: 'messages';
  readonly most: number;
}

interface MethodKind {
  /** A name of a method, old or new, in any case. */
  readonly kind: 'method';
  /** What it has to be good for. */
  readonly as: 'request' | 'reply';
}

interface ArgumentsKind {
  /** A list of text, numbers and booleans. */
  readonly kind: 'arguments';
  /** As JSON. */
  readonly mostBytes: number;
}

interface ConditionKind {
  /** A command, as arguments, or a condition on a fact, or a list of them (model/fact-condition.ts). */
  readonly kind: 'condition';
  /** As JSON. */
  readonly mostBytes: number;
}

export interface TextKind {
  readonly kind: 'text';
  readonly longest: number;
}

export interface PathKind {
  readonly kind: 'path';
  readonly longest: number;
  /** It may not lead out of the data folder. */
  readonly inside: boolean;
}

export interface SpanKind {
  /** Seconds, or text with a unit. */
  readonly kind: 'span';
  readonly leastMs: number;
  readonly mostMs: number;
  readonly special?: Special;
}

export interface CountKind {
  readonly kind: 'count';
  readonly least: number;
  readonly most: number;
  /** The number before the least one. */
  readonly special?: Special;
}

interface ChoiceKind {
  /** In any case. */
  readonly kind: 'choice';
  readonly allowed: readonly string[];
}

interface EnvironmentKind {
  /** Names and values. */
  readonly kind: 'environment';
  /** As JSON. */
  readonly mostBytes: number;
}

interface UserKind {
  /** A name or a number. */
  readonly kind: 'user';
  readonly pattern: RegExp;
}

interface IntervalKind {
  /** A list of two spans: interval and total. */
  readonly kind: 'interval';
  /** Of each. */
  readonly leastMs: number;
  readonly mostMs: number;
}

interface CronKind {
  /** A text of five or six fields. */
  readonly kind: 'cron';
  readonly longest: number;
}

interface ZoneKind {
  /** A name of a time zone. */
  readonly kind: 'zone';
  readonly longest: number;
}

interface PlainKind {
  /**
   * data: text, a list of text or of bytes, or base64 · operation: what the original's `REQOpCommand` is to do ·
   * ignored: may be anything · refused: may be nothing.
   */
  readonly kind: 'boolean' | 'data' | 'operation' | 'ignored' | 'refused';
}

export type FieldKind =
  | NodesKind
  | WayKind
  | NodeKind
  | MessagesKind
  | MethodKind
  | ArgumentsKind
  | ConditionKind
  | TextKind
  | PathKind
  | SpanKind
  | CountKind
  | ChoiceKind
  | EnvironmentKind
  | UserKind
  | IntervalKind
  | CronKind
  | ZoneKind
  | PlainKind;

interface FieldWords {
  /** One or two sentences; Markdown without links. */
  readonly doc: string;
  /** What holds where it is absent, in words. */
  readonly default: string;
  /** The methods that it is for; absent: all of them. */
  readonly methods?: readonly MethodName[];
  /** Absent where there is none that would be accepted. */
  readonly example?: unknown;
  /** What a message with the example has beside it, where it cannot be any message. */
  readonly beside?: Readonly<Record<string, unknown>>;
}

export type FieldDefinition = FieldKind & FieldWords;
