// Puts the values of variables into a shell script, as references to variables of that shell: a shell never reads what a variable
// holds as part of the script, so nothing that is in a value runs.
//
// It follows the quotes of the script, so that a reference keeps every character of its value: `"${NAME}"` outside of quotes, `${NAME}`
// inside of double ones and in a here-document, `'"${NAME}"'` inside of single ones. A script that it follows wrongly (a `case` in a
// substitution) has a value split into words, and never run.
import { variableAt, type Variable } from './find-variable.ts';

/** Why a variable cannot stand where it does. */
export class NoPlace extends Error {}

/** `nameOf`: the name of the shell variable that holds the value. Throws `NoPlace`. */
export function putIntoScript(script: string, nameOf: (variable: Variable) => string): string {
  return new ScriptWalk(script, nameOf).walk();
}

/** What is open around a place of the script, and what ends it. */
type Frame =
  | 'bare'
  | 'paren'
  | 'backtick'
  | 'brace'
  | 'double'
  | 'single'
  | 'ansi'
  | 'comment'
  /** All of these are arithmetic to the shell. */
  | 'arithmetic'
  | 'group'
  | 'old arithmetic'
  | 'subscript'
  | 'substring';

interface HereDocument {
  readonly end: string;
  /** Leading tabs are no part of it. */
  readonly indented: boolean;
  /** The shell replaces nothing in it. */
  readonly quoted: boolean;
}

/** What is in a value could run there: `a[$(reboot)]`. */
const reckoned: ReadonlySet<Frame> = new Set(['arithmetic', 'group', 'old arithmetic', 'subscript', 'substring']);

const hereDocument = /<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|(\\?)([^\s'"\\;&|<>()]+))/y;

class ScriptWalk {
  private readonly script: string;
  private readonly nameOf: (variable: Variable) => string;
  private readonly frames: Frame[] = ['bare'];
  private readonly waiting: HereDocument[] = [];
  private written = '';
  private at = 0;

  constructor(script: string, nameOf: (variable: Variable) => string) {
    this.script = script;
    this.nameOf = nameOf;
  }

  walk(): string {
    while (this.at < this.script.length) {
      const variable = variableAt(this.script, this.at);
      if (variable === undefined) this.step();
      else this.put(variable, this.top());
    }
    return this.written;
  }

  private top(): Frame {
    return this.frames.at(-1) ?? 'bare';
  }

  private put(variable: Variable, place: Frame | 'here'): void {
    if (place !== 'here' && reckoned.has(place))
      throw new NoPlace(`${variable.text} stands in arithmetic, where the shell would run what is in it`);
    const reference = `\${${this.nameOf(variable)}}`;
    this.at += variable.text.length;
    if (place === 'single') this.written += `'"${reference}"'`;
    else if (place === 'ansi') this.written += `'"${reference}"$'`;
    else if (place === 'double' || place === 'here' || place === 'brace' || place === 'comment')
      this.written += reference;
    else this.written += `"${reference}"`;
  }

  /** Copies so many characters. */
  private take(count: number): void {
    this.written += this.script.slice(this.at, this.at + count);
    this.at += count;
  }

  private open(frame: Frame, count: number): void {
    this.frames.push(frame);
    this.take(count);
  }

  private close(count: number): void {
    if (this.frames.length > 1) this.frames.pop();
    this.take(count);
  }

  private startsWith(text: string): boolean {
    return this.script.startsWith(text, this.at);
  }

  private step(): void {
    const frame = this.top();
    const next = this.script.charAt(this.at);
    if (frame === 'single') return next === "'" ? this.close(1) : this.take(1);
    if (frame === 'comment') return next === '\n' ? this.endComment() : this.take(1);
    if (next === '\\') return this.take(2);
    if (frame === 'ansi') return next === "'" ? this.close(1) : this.take(1);
    if (next === '`') return this.frames.includes('backtick') ? this.closeBacktick() : this.open('backtick', 1);
    if (this.startsWith('$((')) return this.open('arithmetic', 3);
    if (this.startsWith('$(')) return this.open('paren', 2);
    if (this.startsWith('${')) return this.open('brace', 2);
    if (this.startsWith('$[')) return this.open('old arithmetic', 2);
    if (frame === 'double') return next === '"' ? this.close(1) : this.take(1);
    if (frame === 'arithmetic' && this.startsWith('))')) return this.close(2);
    if (frame === 'group' && next === ')') return this.close(1);
    if ((frame === 'arithmetic' || frame === 'group') && next === '(') return this.open('group', 1);
    if ((frame === 'old arithmetic' || frame === 'subscript') && next === ']') return this.close(1);
    if (reckoned.has(frame) && next === '[') return this.open('subscript', 1);
    if (frame === 'substring') return next === '}' ? this.close(1) : this.take(1);
    if (reckoned.has(frame)) return this.take(1);
    if (next === '"') return this.open('double', 1);
    if (this.startsWith("$'")) return this.open('ansi', 2);
    if (next === "'") return this.open('single', 1);
    if (next === '[' && this.followsName()) return this.open('subscript', 1);
    if (frame === 'brace' && next === ':' && !/[-=?+]/.test(this.script.charAt(this.at + 1))) {
      this.frames[this.frames.length - 1] = 'substring';
      return this.take(1);
    }
    if (frame === 'brace') return next === '}' ? this.close(1) : this.take(1);
    return this.stepBare(next);
  }

  private stepBare(next: string): void {
    if (next === '#' && this.beginsWord()) return this.open('comment', 1);
    if (this.startsWith('((')) return this.open('arithmetic', 2);
    if (next === '(') return this.open('paren', 1);
    if (next === ')') return this.top() === 'paren' ? this.close(1) : this.take(1);
    if (this.startsWith('<<<')) return this.take(3);
    if (this.startsWith('<<')) return this.noteHereDocument();
    this.take(1);
    if (next === '\n') this.takeHereDocuments();
  }

  private followsName(): boolean {
    return this.at > 0 && /\w/.test(this.script.charAt(this.at - 1));
  }

  private beginsWord(): boolean {
    return this.at === 0 || /[\s;&|()`]/.test(this.script.charAt(this.at - 1));
  }

  private endComment(): void {
    this.close(1);
    this.takeHereDocuments();
  }

  private closeBacktick(): void {
    while (this.top() !== 'backtick') this.frames.pop();
    this.close(1);
  }

  private noteHereDocument(): void {
    hereDocument.lastIndex = this.at;
    const [found, indented, single, double, escaped, bare] = hereDocument.exec(this.script) ?? [];
    if (found === undefined) return this.take(2);
    const end = single ?? double ?? bare ?? '';
    this.waiting.push({
      end,
      indented: indented === '-',
      quoted: single !== undefined || double !== undefined || escaped === '\\',
    });
    this.take(found.length);
  }

  /** Those of the line that has just ended, one after the other. */
  private takeHereDocuments(): void {
    for (const document of this.waiting.splice(0)) {
      while (this.at < this.script.length) {
        const lineEnd = this.script.indexOf('\n', this.at);
        const stop = lineEnd < 0 ? this.script.length : lineEnd;
        const line = this.script.slice(this.at, stop);
        const isEnd = (document.indented ? line.replace(/^\t+/, '') : line) === document.end;
        if (isEnd) this.take(line.length + 1);
        else this.takeHereLine(stop, document);
        if (isEnd) break;
      }
    }
  }

  private takeHereLine(stop: number, { quoted, end }: HereDocument): void {
    while (this.at < stop) {
      const variable = variableAt(this.script, this.at);
      if (variable === undefined) this.take(!quoted && this.script.charAt(this.at) === '\\' ? 2 : 1);
      else if (quoted)
        throw new NoPlace(
          `${variable.text} stands in a here-document whose end is quoted, where the shell replaces nothing: write <<${end} without quotes`,
        );
      else this.put(variable, 'here');
    }
    if (this.at === stop) this.take(1);
  }
}
