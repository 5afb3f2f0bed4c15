// The broker's address, or the addresses of one cluster.

const defaultPort = 4222;

export const addressExamples =
  'addresses such as nats://127.0.0.1:4222 or tls://broker.example.com:4222, several with commas';

/**
 * The addresses of a comma list, each as `scheme://host:port`. A missing scheme is `nats`, a missing port 4222.
 * Answers what is wrong as text. User and password do not belong here: an address is shown and kept in the file.
 */
export function parseBrokerAddresses(text: string): readonly string[] | { readonly problem: string } {
  const addresses: string[] = [];
  for (const part of text.split(',')) {
    const parsed = parseAddress(part.trim());
    if (typeof parsed !== 'string') return parsed;
    addresses.push(parsed);
  }
  return addresses;
}

function parseAddress(text: string): string | { readonly problem: string } {
  const [, scheme = 'nats', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(text) ?? [];
  const lower = scheme.toLowerCase();
  if (lower !== 'nats' && lower !== 'tls') return { problem: `begins with ${scheme}://` };
  if (rest.includes('@')) {
    return { problem: 'holds a user or a password; use BrokerUser with BrokerPasswordFile, or NkeySeedFile' };
  }
  const match = /^(\[[0-9a-f:.%]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?\/?$/i.exec(rest);
  if (match === null) return { problem: 'is no host with a port' };
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  if (port < 1 || port > 65_535) return { problem: `has the port ${port}` };
  return `${lower}://${match[1]}:${port}`;
}
