// Says that this node is here: at every connection, and to a central that has just come and cannot know.
import { helloSubject } from '../model/subject.ts';
import { helloFrame } from '../wire/hello.ts';
import type { Context } from './context.ts';

/** Spread over so many ms, so that a fleet does not answer in one breath. */
const greetWithinMs = 1_000;

export function sayHello(context: Context): void {
  const { boot, version, groups } = context.options;
  context.publish({
    subject: helloSubject(context.node),
    content: helloFrame({
      from: context.node,
      incarnation: context.incarnation,
      boot,
      version,
      ...(groups === undefined ? {} : { groups }),
    }),
  });
}

/** Central lists every node that is here, also those of which nothing is queued: it learns of them from their hellos. */
export function greetCentral(context: Context): void {
  if (context.node === context.options.central || context.hasTimer('greet')) return;
  context.timer('greet', context.options.random.next() * greetWithinMs, () => sayHello(context));
}
