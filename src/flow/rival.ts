// Another life of a peer than the one that this node knows: either that has lost its store, or a second node was given its name.
//
// Boundary. From: presence.ts (hellos and answers) and ask.ts (silence). To: presence.ts, which means whom this decides for.
// 1. While the known life answers, the name is its own: nothing is sent to the other, and nothing that the known one has is called lost.
// 2. The other takes its place by answering questions in a row that the known one leaves unanswered: `fewQuestions`, or `manyQuestions`
//    where both were seen to run. Only then does custody rule 7 begin, as soon as the other is asked itself.
// 3. Both run where the other has answered, and the known one answers what was asked after that, or after the hello of the other. The
//    operator is told, once for each other one.
import type { Hello } from '../wire/hello.ts';
import type { Context } from './context.ts';
import { meanLife, type Peer } from './peer.ts';

/** One may be lost. Near by they take 2.5 to 4 s, and up to 13 s where the way has not been measured yet. */
const fewQuestions = 2;
/** Half a minute: whoever was here before may only have lost its link. */
const manyQuestions = 5;
const maxOverruled = 16;

/** A life that has said hello, or answered. */
export type Life = Pick<Hello, 'incarnation' | 'boot'> & Partial<Pick<Hello, 'version' | 'groups'>>;

export function lifeOf({ incarnation, boot }: Life): Life {
  return { incarnation, boot };
}

export interface Rival {
  readonly life: Life;
  /** It has answered, and not only said hello, which may be old. */
  isProven: boolean;
  /** It has answered the question that is open. */
  answers: boolean;
  /** Questions in a row that it alone has answered. */
  alone: number;
}

/**
 * Whether this is neither the life that is known nor the one that is meant. Of a peer of which nobody was there, the first to come is taken
 * at its word. One that takes a new incarnation in the same boot has said itself that it lost something.
 */
export function isRival(peer: Peer, { incarnation, boot }: Life): boolean {
  if (peer.confirmed === null || incarnation === peer.confirmed || incarnation === peer.incarnation) return false;
  if (boot === peer.confirmedBoot || boot === peer.boot) return false;
  return peer.presence !== 'offline' || peer.overruled.includes(boot);
}

/** It has said hello, or answered while nobody was in question. Answers whether the known one is to be asked. */
export function meetRival(peer: Peer, life: Life, how: 'hello' | 'answer'): boolean {
  const { rival } = peer;
  const isSame = rival?.life.boot === life.boot;
  if (how === 'answer' && rival !== undefined) {
    if (isSame) Object.assign(rival, { isProven: true, answers: true });
    else peer.rival = { life, isProven: true, answers: true, alone: rival.alone };
    return false;
  }
  // It answers beside the known one, again and again.
  if (how === 'answer' && peer.silences === 0 && peer.overruled.includes(life.boot)) return false;
  const isProven = how === 'answer' || (isSame && rival.isProven);
  peer.rival = { life, isProven, answers: false, alone: isSame ? rival.alone : 0 };
  return true;
}

/** The known one has answered. Answers whether neither is to be served: each of the two was the known one before. */
export function overrule(context: Context, peer: Peer): boolean {
  const { rival } = peer;
  peer.rival = undefined;
  if (rival?.isProven !== true) return false;
  const { boot, incarnation } = rival.life;
  if (peer.formers.includes(incarnation)) return true;
  if (peer.overruled.includes(boot)) return false;
  peer.overruled.push(boot);
  if (peer.overruled.length > maxOverruled) peer.overruled.shift();
  const text = 'two nodes have one name: messages go on to the one that was here before, and none to the other';
  context.report('name-doubled', text, { node: peer.name, other: incarnation });
  return false;
}

/** A question was not answered by whom it was meant for. */
export function noteUnanswered(context: Context, peer: Peer): void {
  const { rival } = peer;
  if (rival?.answers !== true) return;
  rival.answers = false;
  rival.alone += 1;
  if (rival.alone < (peer.overruled.includes(rival.life.boot) ? manyQuestions : fewQuestions)) return;
  peer.rival = undefined;
  peer.overruled.length = 0;
  // Should the one that is gone come back, it is asked as this one was.
  peer.answeredBoots.length = 0;
  peer.silences = 0;
  const { version, groups } = rival.life;
  if (version !== undefined) Object.assign(peer, { version, groups: groups ?? [] });
  meanLife(context, peer, rival.life);
}
