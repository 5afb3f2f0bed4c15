// The settings of the C library's allocator that bin/steward.js has given to this process (docs/adr/0027). They are for it alone.

const ownTunables = 'glibc.malloc.arena_max=1:glibc.malloc.mmap_threshold=32768';

type Environment = Readonly<Record<string, string | undefined>>;

/** What commands inherit: whatever the operator has set stays. */
export function withoutOwnTunables(env: Environment): Environment {
  const { GLIBC_TUNABLES: tunables, ...rest } = env;
  return tunables === ownTunables ? rest : env;
}
