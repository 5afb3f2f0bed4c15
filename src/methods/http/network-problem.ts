// Why no answer came, or not all of it, in one line for a person.
import { UnpackError } from './unpack-body.ts';

/** Before the answer, or within its body. */
export type Phase = 'asking' | 'reading';

export function describeProblem(error: unknown, { url, phase }: { readonly url: URL; readonly phase: Phase }): string {
  if (error instanceof UnpackError) return oneLine(error.message);
  const code = codeOf(error);
  const host = placeOf(url);
  if (code === 'ENOTFOUND') return `name not found: ${url.hostname}`;
  if (code === 'EAI_AGAIN' || syscallOf(error) === 'getaddrinfo')
    return `the name ${url.hostname} could not be looked up: ${code}`;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL')) return `no TLS with ${host}: ${code}`;
  if (isAboutCertificate(code)) return `the certificate of ${host} is not accepted: ${code}`;
  if (code === 'HPE_HEADER_OVERFLOW') return `the headers of ${host} are too long`;
  if (code.startsWith('HPE_')) return `what ${host} answers is no HTTP: ${code}`;
  if (['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE'].includes(code))
    return phase === 'asking'
      ? `${host} closed the connection without an answer`
      : `${host} closed the connection in the middle of the body`;
  if (phase === 'asking') return `could not connect to ${host}: ${code}`;
  return `the body of ${host} could not be read: ${code}`;
}

function placeOf({ protocol, hostname, port }: URL): string {
  return `${hostname}:${port === '' ? (protocol === 'https:' ? 443 : 80) : port}`;
}

/** The system's or Node's name of the error; where there is none, its words. */
function codeOf(error: unknown): string {
  const { code, message } = Object(error) as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code === 'string' && code !== '') return code;
  return typeof message === 'string' && message !== '' ? oneLine(message) : 'no reason given';
}

function syscallOf(error: unknown): unknown {
  return (Object(error) as { readonly syscall?: unknown }).syscall;
}

/** OpenSSL's names of what may be wrong with a certificate, as Node passes them on. */
function isAboutCertificate(code: string): boolean {
  return /CERT|SIGNATURE|_CRL|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH/.test(code);
}

/** Without what a server could put into a log with it. */
export function oneLine(text: string): string {
  return text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200);
}
