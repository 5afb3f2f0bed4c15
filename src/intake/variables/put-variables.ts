// The arguments of a command that has variables, so that whoever runs it needs to know nothing of them: the values go ahead of its
// standard input, and a shell takes them from there.
//
// 1. What is in a value never runs: in a script it becomes a variable of the shell, in an argument that one argument. Where a program
//    would read it as part of a program of its own, it is refused.
// 2. A value keeps every byte, but zero bytes, which no shell can hold, and may be as large as a body. As an argument of a program
//    it may be as large as the system lets it (128 KiB on Linux): the command fails beyond that, and says so.
// 3. The environment stays as it is.
import { hasVariable, variableAt, type Variable } from './find-variable.ts';
import { NoPlace, putIntoScript } from './shell-script.ts';

export interface WithVariables {
  readonly args: readonly string[];
  /** Of the files, in the order in which their contents are to go ahead of the rest of the input. */
  readonly files: readonly string[];
  /** The rest of the input is a value too: the command itself finds nothing on its standard input. */
  readonly takesData: boolean;
}

export interface Sizes {
  /** Bytes of each file. */
  readonly sizeOf: (path: string) => number;
  /** Whether something follows the files. */
  readonly hasRest: boolean;
}

/** Undefined where there are none. Throws `NoPlace` where one cannot stand where it does. */
export function putVariables(args: readonly string[], sizes: Sizes): WithVariables | undefined {
  if (!args.some(hasVariable)) return undefined;
  const script = scriptAt(args);
  const names = new Names();
  const isInScript = script !== undefined && hasVariable(args[script] ?? '');
  const isInArgs = args.some((arg, index) => index !== script && hasVariable(arg));
  if (isInScript && isInArgs)
    throw new NoPlace('variables stand in the script and in other arguments: use them in the script only');
  if (isInScript) refuseAround(args, script);
  const put = isInScript
    ? args.map((arg, index) => (index === script ? putIntoScript(arg, (variable) => names.of(variable)) : arg))
    : ['sh', '-c', `exec ${args.map((_arg, index) => asWord(args, index, names)).join(' ')}`];
  const at = isInScript ? script : 2;
  const reading = names.reading(sizes);
  return {
    args: put.map((arg, index) => (index === at ? reading + arg : arg)),
    files: names.files,
    takesData: names.takesData,
  };
}

class Names {
  readonly files: string[] = [];
  takesData = false;

  of(variable: Variable): string {
    if (variable.kind === 'data') {
      this.takesData = true;
      return 'STEWARD_DATA';
    }
    const known = this.files.indexOf(variable.path);
    return `STEWARD_FILE_${known >= 0 ? known + 1 : this.files.push(variable.path)}`;
  }

  /** On one line, so that the lines of a script keep their numbers. The x keeps the line feeds at the end, which a substitution drops. */
  reading({ sizeOf, hasRest }: Sizes): string {
    const parts = this.files.map((path, index) => ({ name: `STEWARD_FILE_${index + 1}`, size: sizeOf(path) }));
    const last = this.takesData || hasRest ? undefined : parts.at(-1);
    const sized = parts.map((part) =>
      part.size === 0
        ? `${part.name}=; `
        : keep(part.name, part === last ? 'cat' : `dd bs=${part.size} count=1 iflag=fullblock 2>/dev/null`),
    );
    return `${sized.join('')}${this.takesData ? keep('STEWARD_DATA', 'cat') : ''}`;
  }
}

function keep(name: string, reader: string): string {
  return `${name}=$(${reader}; printf x); ${name}=\${${name}%x}; `;
}

const shells: ReadonlySet<string> = new Set(['sh', 'bash', 'dash', 'ash', 'ksh', 'mksh', 'zsh']);
const otherShells: ReadonlySet<string> = new Set(['fish', 'csh', 'tcsh', 'pwsh', 'nu']);
const switchers: ReadonlySet<string> = new Set(['su', 'runuser']);
/** They read their arguments, or some of them, as a program: themselves, or on another machine. */
const interpreters: ReadonlySet<string> = new Set(
  'ssh sed awk gawk mawk nawk perl python python2 python3 ruby node php lua tclsh expect watch xargs parallel at batch find script flock tmux screen make gmake gdb vim ex emacs psql mysql mariadb sqlite3 jq yq'.split(
    ' ',
  ),
);
/** Their options take numbers and patterns. */
const harmless: ReadonlySet<string> = new Set(
  'wc grep egrep fgrep head tail cut tr printf echo logger cat test expr curl ping'.split(' '),
);
/** They give standard input on only where they are told to. */
const containers: ReadonlySet<string> = new Set(['docker', 'podman', 'kubectl', 'nerdctl']);
const programWord =
  '--(?:eval|exec|execute|command|expression|split-string|filter|checkpoint-action|to-command|use-compress-program|compress-program|rsh|pager|init-file|rcfile)';
const programOption = new RegExp(`^(?:-[A-Za-z]*[ceS]|${programWord})$`);
const programInside = new RegExp(`^(?:-c|${programWord}=)`);

function programOf(arg: string | undefined): string {
  return (arg ?? '').split('/').at(-1) ?? '';
}

/** Where the arguments hold the script of a shell: after `-c`, and whatever options follow that. */
function scriptAt(args: readonly string[]): number | undefined {
  for (const [index, arg] of args.entries()) {
    const program = programOf(arg);
    if (otherShells.has(program)) throw new NoPlace(`variables are for shells of POSIX, and not for ${program}`);
    const isSwitcher = switchers.has(program);
    if (!shells.has(program) && !isSwitcher) continue;
    const option = args.findIndex((word, at) => at > index && isScriptOption(word, isSwitcher));
    // Options of a shell stand before all else that it is given.
    const between = args.slice(index + 1, option < 0 ? undefined : option);
    if (option >= 0 && (isSwitcher || between.every((word, at) => isOption(word) || isOption(between[at - 1] ?? ''))))
      return isSwitcher ? option + 1 : afterOptions(args, option + 1);
  }
  return undefined;
}

function isScriptOption(word: string, isSwitcher: boolean): boolean {
  return /^-[A-Za-z]*c[A-Za-z]*$/.test(word) || (isSwitcher && word === '--command');
}

function isOption(word: string): boolean {
  return /^[-+]/.test(word);
}

/** `-o` takes the word behind it, and `--` ends them. */
function afterOptions(args: readonly string[], from: number): number {
  let at = from;
  for (let word = args[at] ?? ''; isOption(word) && word.length > 1; word = args[at] ?? '') {
    at += /^[-+][A-Za-z]*o$/.test(word) ? 2 : 1;
    if (word === '--') break;
  }
  return at;
}

/** One argument as a word of a shell. */
function asWord(args: readonly string[], index: number, names: Names): string {
  const arg = args[index] ?? '';
  if (!hasVariable(arg)) return quoted(arg);
  let word = '';
  let from = 0;
  for (let at = 0; at < arg.length; at += 1) {
    const variable = variableAt(arg, at);
    if (variable === undefined) continue;
    refuseProgram(args, index, variable);
    const before = arg.slice(from, at);
    word += `${before === '' ? '' : quoted(before)}"\${${names.of(variable)}}"`;
    from = at + variable.text.length;
    at = from - 1;
  }
  return from < arg.length ? word + quoted(arg.slice(from)) : word;
}

function refuseProgram(args: readonly string[], index: number, variable: Variable): void {
  if (index === 0)
    throw new NoPlace(
      `${variable.text} stands where the program does, and what it holds would run: name the program first, as in ["bash", "-c", "echo ${variable.text}"]`,
    );
  const program = programBefore(args, index);
  const isOptions = !harmless.has(programOf(args[0])) && programOption.test(args[index - 1] ?? '');
  const isProgram = isOptions || programInside.test(args[index] ?? '');
  if (program === undefined && !isProgram) return;
  throw new NoPlace(
    `what is in ${variable.text} could become a part of the program that ${program ?? programOf(args[0])} runs: let it read its standard input, or use a shell: ["bash", "-c", "…"]`,
  );
}

/** One that would read it, on its way to where it stands. */
function programBefore(args: readonly string[], index: number): string | undefined {
  return args
    .slice(0, index)
    .map(programOf)
    .find((name) => interpreters.has(name));
}

/** A script that is handed on by another program, which reads it first, or which gives it no input. */
function refuseAround(args: readonly string[], script: number): void {
  const program = programBefore(args, script);
  if (program !== undefined)
    throw new NoPlace(
      `a script that ${program} is given could become another one by what is in a variable: have ${program} run inside of the script`,
    );
  const container = args
    .slice(0, script)
    .map(programOf)
    .find((name) => containers.has(name));
  if (
    container !== undefined &&
    !args.slice(0, script).some((word) => /^-[a-z]*i[a-z]*$|^--interactive$|^--stdin$/.test(word))
  )
    throw new NoPlace(`${container} gives its command no standard input, from which variables are read: give it -i`);
}

function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
