// The arguments of `syslog`: the journal, or a socket to listen on.

export type JournalStart = 'start' | 'end';

export interface JournalWish {
  readonly source: 'journal';
  readonly from: JournalStart;
  readonly format: 'text' | 'json';
  /** Arguments of journalctl, by which it chooses entries. */
  readonly filters: readonly string[];
}

export interface SocketWish {
  readonly source: 'unix' | 'udp';
  /** A path, which counts from the work folder of the node; or an address of the loopback, and a port. */
  readonly address: readonly string[];
}

export interface SyslogProblem {
  readonly problem: { readonly element: number; readonly message: string; readonly hint: string };
}

const hint =
  '["journal"], with "from=start", "format=json", "unit=NAME", "identifier=NAME" or "priority=NAME"; or ["unix:PATH"], or ["udp:PORT"]';
/** Filters of the journal that may be given, and more than once. */
const filterNames = ['unit', 'identifier', 'priority'] as const;
const filter = new RegExp(`^(${filterNames.join('|')})=([^\\0]{1,256})$`, 'i');
const mostFilters = 32;
/** What a system takes in the address of a socket. */
const longestPath = 107;
const loopback = /^(127\.\d{1,3}\.\d{1,3}\.\d{1,3}|localhost|\[::1\])$/i;

export function readSyslogArgs(args: readonly string[]): JournalWish | SocketWish | SyslogProblem {
  const [source = '', ...options] = args;
  if (source.toLowerCase() === 'journal') return readJournal(options);
  const [, kind = '', where = ''] = /^(unix|udp):([^]*)$/i.exec(source) ?? [];
  if (kind === '') return wrong(0, 'syslog follows "journal", or listens on "unix:PATH" or "udp:PORT"');
  if (options.length > 0) return wrong(1, 'a socket has no options');
  return kind.toLowerCase() === 'unix' ? readUnix(where) : readUdp(where);
}

function readJournal(options: readonly string[]): JournalWish | SyslogProblem {
  let from: JournalStart = 'end';
  let format: 'text' | 'json' = 'text';
  const filters: string[] = [];
  for (const [index, option] of options.entries()) {
    const [, start] = /^from=(start|end)$/i.exec(option) ?? [];
    const [, form] = /^format=(text|json)$/i.exec(option) ?? [];
    const [, name, value] = filter.exec(option) ?? [];
    if (start !== undefined) from = start.toLowerCase() as JournalStart;
    else if (form !== undefined) format = form.toLowerCase() as 'text' | 'json';
    else if (name !== undefined && value !== undefined) filters.push(`--${name.toLowerCase()}=${value}`);
    else return wrong(index + 1, `the journal has no option ${JSON.stringify(option.slice(0, 60))}`);
  }
  if (filters.length > mostFilters) return wrong(mostFilters, `the journal takes at most ${mostFilters} filters`);
  return { source: 'journal', from, format, filters };
}

function readUnix(path: string): SocketWish | SyslogProblem {
  if (path === '' || path.includes('\0')) return wrong(0, 'unix: needs the path of a socket');
  if (Buffer.byteLength(path) > longestPath) return wrong(0, `a path of a socket has at most ${longestPath} bytes`);
  return { source: 'unix', address: [path] };
}

function readUdp(where: string): SocketWish | SyslogProblem {
  const [, host = '127.0.0.1', port = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(where) ?? [];
  if (port === '' || Number(port) < 1 || Number(port) > 65_535) return wrong(0, 'udp: needs a port from 1 to 65535');
  const isNumbers = host.split('.').every((part) => Number(part) <= 255 || !/^\d+$/.test(part));
  if (!loopback.test(host) || !isNumbers)
    return wrong(0, `syslog listens on the loopback only, and ${JSON.stringify(host.slice(0, 60))} is not there`);
  const address = host.toLowerCase() === 'localhost' ? '127.0.0.1' : host.replace(/[[\]]/g, '');
  return { source: 'udp', address: [address, String(Number(port))] };
}

function wrong(element: number, message: string): SyslogProblem {
  return { problem: { element, message, hint } };
}
