// A hello: "I am here". A hint about where to send; it never changes what is known of a message.
import type { FrameContent } from './frame.ts';
import { fields, node, text, token } from './field.ts';
import type { NodeName } from '../model/node-name.ts';

export interface Hello {
  readonly from: NodeName;
  readonly incarnation: string;
  readonly boot: string;
  /** The version of the software. */
  readonly version: string;
}

export function helloFrame(hello: Hello): FrameContent {
  return {
    type: 'hello',
    head: JSON.stringify({ f: hello.from, i: hello.incarnation, b: hello.boot, w: hello.version }),
  };
}

export function readHello(value: unknown): Hello {
  const head = fields(value);
  return { from: node(head, 'f'), incarnation: token(head, 'i'), boot: token(head, 'b'), version: text(head, 'w', 64) };
}
