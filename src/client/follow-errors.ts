// Follows the errors of a node: each that comes, or comes again, also across restarts of the node.
import { errorsQuery, type ErrorsWanted, type ErrorView } from '../contract/error-view.ts';
import { followEvents, type FollowOptions } from './follow.ts';

/** Begins behind the change `after`, and after each new connection behind the last that was read. Throws as `follow` does. */
export async function* followErrors(
  wanted: ErrorsWanted & { readonly after: number },
  options: FollowOptions,
): AsyncGenerator<ErrorView> {
  let { after } = wanted;
  const callNow = () => ({ method: 'GET', path: `/v1/error-events?${errorsQuery({ ...wanted, after })}` }) as const;
  for await (const event of followEvents(callNow, options)) {
    // What it says of its beginning shows that the node is there, also where nothing goes wrong for weeks.
    if (event.type !== 'reported') continue;
    after = event.report.changed;
    yield event.report;
  }
}
