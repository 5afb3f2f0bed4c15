// Bugs that were planted on purpose, to show that the checker can fail. Each is one replacement in the source of the flow, and has
// to match there exactly once: test/unit/simulator looks, so that none of them rots unseen.

import type { FaultKind } from '../faults.ts';

export interface PlantedBug {
  readonly name: string;
  /** What is wrong, and which rule of docs/protocol.md or invariant is left out. */
  readonly about: string;
  readonly file: string;
  readonly find: string;
  readonly put: string;
  /** Where a rare fault alone shows it: seeds with these faults and no others. */
  readonly only?: readonly FaultKind[];
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'accepted-early',
    about: 'I1: intake answers before the commit is durable',
    file: 'src/flow/submit.ts',
    find: '  context.commitOrRefuse([...ops,',
    put: "  event.answer({ type: 'accepted', ids: records.map((record) => record.id) });\n  context.commitOrRefuse([...ops,",
  },
  {
    name: 'ack-early',
    about: 'I2: an ACK tells what is not durable yet',
    file: 'src/flow/acknowledge.ts',
    find: 'standingOf(this.context, lane, point.epoch).durable',
    put: 'standingOf(this.context, lane, point.epoch).now',
  },
  {
    name: 'piece-ack-early',
    about: 'I2: a piece of a body is acknowledged before it is durable',
    file: 'src/flow/receive-body.ts',
    find: '    body.now = have;\n',
    put: '    body.now = have;\n    body.durable = have;\n    this.acknowledgements.owePiece(from, { id, have, nonce });\n',
  },
  {
    name: 'no-policy',
    about: 'I2: what the policy refuses is accepted',
    file: 'src/flow/accept.ts',
    find: '  return context.subscriptions.refuse(message.method, from) ?? context.options.policy.refuse(message, from);',
    put: '  return undefined;',
  },
  {
    name: 'no-seal',
    about: 'I2: damaged frames are read as if they were whole',
    file: 'src/wire/frame.ts',
    find: "  if (!seals.check(Buffer.concat([frame.subarray(0, 3), body]), seal)) throw invalid('the seal is wrong');\n",
    put: '',
  },
  {
    name: 'two-commits',
    about: 'I3: the outcome and its reply are two commits',
    file: 'src/flow/change.ts',
    find: '  context.commitAndFollow(byKind(change.ops), change);',
    put: "  context.commit(byKind(change.ops.filter((op) => op.op === 'inbox-end')));\n  context.commitAndFollow(byKind(change.ops.filter((op) => op.op !== 'inbox-end')), change);",
  },
  {
    name: 'any-answer-is-an-ack',
    about: 'I4: whatever comes back settles everything that was sent',
    file: 'src/flow/presence.ts',
    find: '  const standings = ack.lanes.filter((standing) => standing.nonce === peer.nonce);',
    put: `  const standings = ack.lanes
    .filter((standing) => standing.nonce === peer.nonce)
    .map((standing) => {
      const lane = peer.lanes.get(standing.lane);
      if (lane === undefined || lane.sent <= standing.last) return standing;
      return { ...standing, last: lane.sent, tag: lane.window[lane.sent - lane.acked - 1]?.tag ?? standing.tag };
    });`,
  },
  {
    name: 'exceptions-ignored',
    about: 'I4: what was voided or rejected is called delivered',
    file: 'src/flow/settle.ts',
    find: 'const excepted = new Map(standing.exceptions.map((exception) => [exception.position, exception]));',
    put: 'const excepted = new Map(standing.exceptions.slice(0, 0).map((exception) => [exception.position, exception]));',
  },
  {
    name: 'lane-forgotten',
    about: 'I5: the lane does not keep its position durably',
    file: 'src/flow/accept.ts',
    find: "  change.ops.push({ op: 'inlane', record });\n",
    put: '',
  },
  {
    name: 'lane-not-loaded',
    about: 'I5: the position of a lane is forgotten at a restart',
    file: 'src/flow/load-in-lane.ts',
    find: '      lane.standings.set(record.epoch, { now: record, durable: record });\n',
    put: '',
  },
  {
    name: 'gap-accepted',
    about: 'custody rule 3: what comes behind a gap is accepted',
    file: 'src/flow/accept.ts',
    find: '  if (batch.first > standing.last + 1) return undefined;\n  const skip = standing.last + 1 - batch.first;',
    put: '  if (batch.first > standing.last + 1) return batch.items;\n  const skip = standing.last + 1 - batch.first;',
  },
  {
    name: 'duplicates-accepted',
    about: 'custody rule 3: what is known already is accepted again',
    file: 'src/flow/accept.ts',
    find: 'batch.items.slice(skip) : undefined;',
    put: 'batch.items : undefined;',
  },
  {
    name: 'no-tag',
    about: 'custody rule 8: a sender looks at positions without their chain tag',
    file: 'src/flow/settle.ts',
    find: '  if (standing.last > lane.durable || tag !== standing.tag) {',
    put: '  if (standing.last > lane.durable) {',
  },
  {
    name: 'started-late',
    about: 'I6: a method begins before it is durable that it started',
    file: 'src/flow/job-runner.ts',
    find: '    change.others.push(() => this.within(job, follow));',
    put: '    this.within(job, follow);',
  },
  {
    name: 'rerun-always',
    about: 'I6: what may not rerun runs again after a crash',
    file: 'src/flow/restart.ts',
    find: "    } else if (accepted.message.rerun === 'always' && record.cancel === null) {",
    put: '    } else if (accepted.message.id !== undefined) {',
  },
  {
    name: 'lane-in-parallel',
    about: 'I7: an ordered lane does not wait for the one before',
    file: 'src/flow/run.ts',
    find: "    return isUnordered(lane.name) && kind === 'process' ?",
    put: "    return kind === 'process' ?",
  },
  {
    name: 'wall-clock-deadlines',
    about: 'I8: spans count by the wall clock',
    file: 'src/flow/context.ts',
    find: '    return this.nodeTimeBase + Math.floor(this.monotonic());',
    put: '    return this.wall();',
  },
  {
    name: 'time-off-counts',
    about: 'I8: time powered off counts',
    file: 'src/flow/restart.ts',
    find: "  context.nodeTimeBase = Number(state.meta['nodeTime'] ?? 0) - Math.floor(context.monotonic());",
    put: "  context.nodeTimeBase = Number(state.meta['nodeTime'] ?? 0) - Math.floor(context.monotonic()) + 5_000;",
  },
  {
    name: 'nothing-asks-again',
    about: 'I10: a lost answer is waited for for ever',
    file: 'src/flow/ask.ts',
    find: '    if (isWanted(peer)) ask(context, peer);\n  });\n}',
    put: '  });\n}',
  },
  {
    name: 'no-sweep',
    about: 'I10: who was away is never asked again',
    file: 'src/flow/presence.ts',
    find: "    if (peer.presence === 'offline' && isWanted(peer)) ask(context, peer);\n",
    put: '',
  },
  {
    name: 'refused-positions-stay',
    about: 'custody rule 1: positions of a commit that a full disk refused stay in memory',
    file: 'src/flow/submit.ts',
    find: '  forgetLane(lane);\n',
    put: '',
  },
  {
    name: 'position-not-durable',
    about: 'custody rule 1: a position leaves before it is durable',
    file: 'src/flow/move-lane.ts',
    find: '  if (ops.length > 0) context.commit(ops, sendAfter(context, lane));',
    put: '  if (ops.length > 0) {\n    context.commit(ops);\n    sendAfter(context, lane)();\n  }',
  },
  {
    name: 'expired-on-own-word',
    about: 'custody rule 4: the sender alone says "expired"',
    file: 'src/flow/deadline.ts',
    find: '  if (record.position !== null || record.ord <= (lane?.placedOrd ?? 0)) {',
    put: '  if (record.ord < 0) {',
  },
  {
    name: 'void-not-an-exception',
    about: 'custody rule 4: a void is answered as if it had been accepted',
    file: 'src/flow/accept.ts',
    find: "    if (verdict !== 'accept') exceptions.push({ position: last, ...verdict });",
    put: "    if (verdict !== 'accept') exceptions.slice();",
  },
  {
    name: 'voids-not-remembered',
    about: 'custody rule 4: exceptions above the base are forgotten',
    file: 'src/flow/accept.ts',
    find: '.filter((exception) => exception.position > batch.base)',
    put: '.filter((exception) => exception.position > before.last)',
  },
  {
    name: 'any-life',
    about: 'custody rule 6: an answer of another life of the receiver is believed',
    file: 'src/flow/presence.ts',
    find: '  if (!isFromWhomWeMean(context, peer, ack)) return;\n',
    put: '',
  },
  {
    name: 'hello-confirms',
    about: 'custody rule 6: a hello is more than a hint',
    file: 'src/flow/presence.ts',
    find: '  peer.toConfirm = mayHaveLost(peer);\n',
    put: '  peer.toConfirm = mayHaveLost(peer);\n  if (peer.confirmed !== null) confirm(context, peer);\n',
  },
  {
    name: 'other-life-accepted',
    about: 'custody rule 3: a batch for another life of the receiver is accepted',
    file: 'src/flow/receive.ts',
    find: '    return address.incarnation === this.context.incarnation && address.boot === this.context.options.boot;',
    put: '    return address.from !== this.context.node;',
  },
  {
    name: 'lost-store-unnoticed',
    about: 'custody rule 7: a new incarnation of the receiver changes nothing',
    file: 'src/flow/presence.ts',
    find: '  const isLost = peer.confirmed !== null && peer.confirmed !== peer.incarnation;',
    put: '  const isLost = peer.confirmed === peer.incarnation && peer.confirmed !== peer.confirmed;',
  },
  {
    name: 'lost-goes-again',
    about: 'custody rule 7: what may not rerun goes again after its receiver lost its store',
    file: 'src/store/memory-store.ts',
    find: "      } else if (record.rerun === 'always' && (record.wish === null || record.isReply)) {",
    put: '      } else if (record.wish === null || record.isReply) {',
  },
  {
    name: 'expired-after-loss',
    about: 'custody rule 7: what goes again after a loss, and is taken back, is called expired',
    file: 'src/model/never-ran.ts',
    find: 'if (!of.mayHaveRun || ',
    put: 'if (true || ',
    only: ['wipe', 'expiry', 'cut', 'loss'],
  },
  {
    name: 'body-for-ever',
    about: 'P6: the body of a message that goes again is taken for a late copy, and asked for without end',
    file: 'src/flow/receive-body.ts',
    find: '    this.taken.delete(keyOf(from, id));\n    return',
    put: '    return',
    only: ['restore', 'twin', 'loss'],
  },
  {
    name: 'tag-not-compared',
    about: 'custody rule 3: a receiver looks at positions without their chain tag',
    file: 'src/flow/accept.ts',
    find: '  return tag === standing.tag ? batch.items.slice(skip) : undefined;',
    put: '  return tag === "" ? undefined : batch.items.slice(skip);',
    only: ['restore', 'twin', 'loss'],
  },
  {
    name: 'no-doubt-of-own-store',
    about: 'custody rule 8: a receiver that went back in time does not notice',
    file: 'src/flow/receive.ts',
    find: '    if (!lostBoot && !lostPositions) {',
    put: '    if (points.length >= 0) {',
  },
  {
    name: 'no-doubt-of-own-positions',
    about: 'custody rule 8: a sender that went back in time does not notice',
    file: 'src/flow/settle.ts',
    find: '  if (standing.last > lane.durable || tag !== standing.tag) {',
    put: '  if (standing.last < 0) {',
  },
  {
    name: 'no-doubtful-messages',
    about: 'custody rule 8: what may have run in a life that was lost runs again',
    file: 'src/flow/next-job.ts',
    find: "  return accepted.record.ord <= context.doubtfulInboxOrd && accepted.message.rerun === 'never';",
    put: '  return accepted.record.ord < 0 && context.stopping;',
    only: ['restore', 'slow', 'hang', 'loss'],
  },
  {
    name: 'orphans-live',
    about: 'P2: what outlived a killed node is not ended before it runs again',
    file: 'src/flow/restart.ts',
    find: '      context.endOrphans(orphans, (left) => begin(context, stages, { state, left, ready }));',
    put: '      begin(context, stages, { state, left: [], ready });',
  },
  {
    name: 'marks-forgotten',
    about: 'P7: a file method that a crash interrupted chooses its place anew',
    file: 'src/flow/restart.ts',
    find: 'ord: record.ord, begun: true, attempts: record.attempts });',
    put: 'ord: record.ord, begun: false, attempts: record.attempts });',
  },
  {
    name: 'attempts-forgotten',
    about: 'P2: a crash between two attempts of a method gives it all of them once more',
    file: 'src/flow/retry-run.ts',
    find: "{ op: 'inbox-retry', ord, attempts, retryAt }",
    put: "{ op: 'inbox-retry', ord, attempts: 0, retryAt }",
  },
  {
    name: 'sent-twice',
    about: 'what wants no ACK leaves before it is durable that it did',
    file: 'src/flow/send-once.ts',
    find: '    context.commit(\n      records.map((record) => settled(context, record, at)),\n      () => {',
    put: '    for (const record of records) publishOnce(context, lane, record);\n    context.commit(\n      records.map((record) => settled(context, record, at)),\n      () => {',
  },
  {
    name: 'prune-unfinished',
    about: 'P1: retention removes what is not finished',
    file: 'src/store/memory-prune.ts',
    find: "  return !open && !isReply && isFinal(state) && replyState !== 'pending';",
    put: "  return !open && !isReply && (isFinal(state) || state === 'running') && replyState !== 'handled-late';",
  },
  {
    name: 'prune-answers',
    about: 'P1: retention removes the output of a message that stays',
    file: 'src/store/memory-prune.ts',
    find: '  if (request === undefined) return true;',
    put: '  if (request !== undefined) return true;',
  },
  {
    name: 'inbox-without-bound',
    about: 'I9: more is accepted than there is room for',
    file: 'src/flow/accept.ts',
    find: '      full = !parts.room.has(lane.from, lane.name, coming);\n',
    put: '',
  },
  {
    name: 'commands-without-bound',
    about: 'I9: more commands run at once than may',
    file: 'src/flow/slots.ts',
    find: '    return this.taken.size < most(runningTotal) && this.of(lane.from) < most(runningPerSender);',
    put: '    return this.taken.size < Infinity + most(runningTotal) + this.of(lane.from) + most(runningPerSender);',
  },
  {
    name: 'cancelled-on-own-word',
    about: 'custody rule 4: what may have left is called cancelled by its sender alone',
    file: 'src/store/memory-queue.ts',
    find: "row.open && row.position === null && row.state === 'queued'",
    put: "row.open && row.state === 'queued'",
  },
  {
    name: 'cancelled-and-runs',
    about: 'P3: what runs is called cancelled before it has ended',
    file: 'src/flow/job-runner.ts',
    find: '    if (job === undefined) {\n',
    put: "    if (job === undefined || (job.stage === 'running' && accepted.message.id !== '')) {\n",
  },
];
