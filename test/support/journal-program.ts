// In the place of journalctl, for machines that have no journal: the file `journal` of its work folder is one, an entry as JSON on each line.
//
// Hears of journalctl's options what the method syslog gives. Filters: --unit; `--identifier=denied` may not read, `--identifier=crash` ends after ten.
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { FleetNode } from './fleet.ts';

const journalProgram = String.raw`#!/usr/bin/perl
use strict;
use warnings;

my ($follow, $after, $lines, $unit, $identifier) = (0, '', 0, '', '');
for (@ARGV) {
  $follow = 1 if $_ eq '--follow';
  $after = $1 if /^--after-cursor=(.*)$/;
  $lines = $1 if /^--lines=(\d+)$/;
  $unit = $1 if /^--unit=(.*)$/;
  $identifier = $1 if /^--identifier=(.*)$/;
}
if ($identifier eq 'denied') { print STDERR "No journal files were opened due to insufficient permissions.\n"; exit 1 }
$| = 1;
open(my $journal, '<', 'journal') or die "journal: $!\n";
my ($rest, @last) = ('');
my ($seen, $told) = ($after eq '', 0);
while (1) {
  while (defined(my $line = <$journal>)) {
    $rest .= $line;
    next if $rest !~ /\n\z/;
    ($line, $rest) = ($rest, '');
    my ($cursor) = $line =~ /"__CURSOR":"([^"]*)"/;
    if (!$seen) { $seen = 1 if defined($cursor) and $cursor eq $after; next }
    next if $unit ne '' and index($line, qq("_SYSTEMD_UNIT":"$unit")) < 0;
    if ($follow) { print $line or exit 1 } else { push @last, $line }
    exit 1 if $follow and $identifier eq 'crash' and ++$told == 10;
  }
  last if !$follow;
  select(undef, undef, undef, 0.02);
  seek($journal, 0, 1);
}
print splice(@last, -$lines) if $lines and @last;
`;

/** From its next start on the node finds this in front of the real journalctl, where there is one. */
export function giveJournal(node: FleetNode): void {
  const programs = node.path('programs');
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, 'journalctl'), journalProgram);
  chmodSync(join(programs, 'journalctl'), 0o755);
  writeFileSync(node.path('journal'), '');
  node.runner = { env: { PATH: `${programs}:${dirname(process.execPath)}:${process.env['PATH'] ?? ''}` } };
}
