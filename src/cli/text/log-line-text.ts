// A line of the log of all messages, for people.
import type { LogLine, MessageLine } from '../../contract/log-line.ts';
import { oneLine } from './printable.ts';
import { formatSpan, formatTime } from './time.ts';

const longestText = 200;

/** `2026-11-22 13:04:05.678  01j9…  central > ship1  queued  cliCommand ["uptime"]` */
export function logLineText(line: LogLine): string {
  const time = formatTime(line.at);
  if (line.what === 'dropped') return `${time}  ${line.lines} lines are missing: the log could not be written`;
  const words = [time, line.id, `${line.from} > ${line.to}`, line.what.padEnd(9), detailOf(line)];
  return oneLine(`${words.join('  ')}${line.madeUp === true ? '  (made up)' : ''}`);
}

function detailOf(line: MessageLine): string {
  switch (line.what) {
    case 'queued':
      return short(workText(line.message?.['method'], line.message?.['methodArgs'])) + leftText(line);
    case 'accepted':
      return short(workText(line.method, line.args));
    case 'started':
      return line.attempt === undefined ? '' : `attempt ${line.attempt}`;
    case 'ended':
      return `${line.outcome?.state ?? ''}${outcomeText(line)}`;
    case 'reply':
      return `${line.state ?? ''}${whyText(line)}`;
    case 'carried':
    case 'delivered':
    case 'running':
    case 'sent':
    case 'succeeded':
    case 'failed':
    case 'timedOut':
    case 'expired':
    case 'cancelled':
    case 'rejected':
    case 'unknown':
      break;
  }
  return line.outcome === undefined ? (line.reason ?? '') : outcomeText(line).trimStart();
}

function workText(method: unknown, args: unknown): string {
  return Array.isArray(args) && args.length > 0 ? `${String(method)} ${JSON.stringify(args)}` : String(method);
}

function leftText({ left }: MessageLine): string {
  return left === undefined ? '' : `  (${left.bytes} bytes of data, not in the log)`;
}

function outcomeText({ outcome }: MessageLine): string {
  if (outcome === undefined) return '';
  const { exitCode, signal, durationMs, reason, attempts } = outcome;
  const end = signal ?? (exitCode === undefined ? undefined : `exit ${exitCode}`);
  const words = [
    ...(end === undefined ? [] : [end]),
    ...(durationMs === undefined ? [] : [formatSpan(durationMs)]),
    ...(attempts === undefined ? [] : [`${attempts} attempts`]),
    ...(reason === undefined ? [] : [reason]),
  ];
  return words.length === 0 ? '' : ` ${words.join(', ')}`;
}

function whyText({ reason }: MessageLine): string {
  return reason === undefined ? '' : `, ${reason}`;
}

function short(text: string): string {
  return text.length > longestText ? `${text.slice(0, longestText)}…` : text;
}
