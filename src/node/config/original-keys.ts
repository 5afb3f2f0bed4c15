// Keys of the original's configuration that mean nothing here yet. A file with them is accepted, and the operator told.

const keys: ReadonlySet<string> = new Set(
  [
    // Steward, 2021
    'AllowedReceivers',
    'ErrorMessageRetries',
    'ErrorMessageTimeout',
    'ExposeDataFolder',
    'HTTPListener',
    'NatsConnectRetryInterval',
    'ProfilingPort',
    'PromHostAndPort',
    'TCPListener',
    // ctrl, 2025
    'AclUpdateInterval',
    'EnableAclCheck',
    'EnableAclUpdates',
    'EnableDebug',
    'EnableKeyUpdates',
    'EnableReadFolder',
    'EnableSignatureCheck',
    'EnableSocket',
    'EnableStartupFolder',
    'EnableTUI',
    'IsCentralAuth',
    'IsCentralErrorLogger',
    'KeepPublishersAliveFor',
    'KeysUpdateInterval',
    'NatsReconnectJitter',
    'NatsReconnectJitterTLS',
    'NkeyFromED25519SSHKeyFile',
    'NodeAlias',
    'ReadFolder',
    'RingBufferPersistStore',
    'RingBufferSize',
    'Serialization',
    'Compression',
    'SetBlockProfileRate',
    'ShowAllErrorMessages',
  ].map((key) => key.toLowerCase()),
);

export function isOriginalKey(key: string): boolean {
  const lower = key.toLowerCase();
  return (
    keys.has(lower) ||
    lower.startsWith('startsub') ||
    lower.startsWith('startpub') ||
    lower.startsWith('startprocesses')
  );
}
