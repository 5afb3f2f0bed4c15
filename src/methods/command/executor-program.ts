// The executor's program, in Perl, and how it is handed over.
//
// Perl, because it is small (7 MB, of which 2 are its own), on every Debian, and can do what a shell cannot: real pipes,
// sessions without a further program, and the difference between an exit code and a signal (docs/adr). How it makes processes
// is in executor-start.ts.
//
// Frames, both ways: length of the payload (4 bytes), type (1), number of the command (4), payload. Big-endian.
//
// To the executor:  V environment, NAME=value and NAME=value … · R run: work folder, run key, program, arguments …
//                   (each joined by zero bytes) · K send a signal to the group of a command, if its first process is not reaped: KILL, TERM ·
//                   S have one more spare · G run, like R, in place of a spare · D have one spare less ·
//                   W read no more from a command's pipes while it runs · C read on
// From it:          H ready, and its version · P started: pid, start time in ticks · O, E a piece of output or error output ·
//                   X ended: exit code (4), signal (4) · F not started: C or E, errno · A a kill was read
//
// 1. It ends when its input does, without starting anything more; commands that run go on (the next start finds them).
// 2. A command ends when its first process ends: what is in the pipes then is sent, then they are closed.
// 3. It never waits but in one place, where input, output of commands and ends of commands all wake it. An end that comes
//    in the instant before it waits (the handler is Perl's, so there is one) is seen when the wait is over: it begins at
//    2 ms and doubles while nothing happens.
// 4. Whatever a command holds of ours is closed by exec: nothing but its three files, and no signal that is ignored.
// 5. A command that ends soon costs the node one piece of bytes: its output stays in its pipes until it ends, or
//    nothing happens for 2 ms, or 8 rounds of the loop are done; P is sent a hundredth of a second or two later, and
//    before a kill.
import { executorStart } from './executor-start.ts';

export const executorVersion = '4';

/** Reads the program from standard input, by its length, so that the process list shows one short line. */
export const bootstrap =
  'my $p=q();while(length($p)<$ARGV[1]){sysread(STDIN,$p,$ARGV[1]-length($p),length($p)) or exit}eval($p);die($@)if$@';

export const executorProgram = String.raw`
use strict;
# Without POSIX.pm: its lists of names would be a third of what each fork copies.
BEGIN { eval { require XSLoader; XSLoader::load('POSIX'); 1 } or require POSIX }

my ($in, $out) = ('', '');   # bytes read and not yet understood; frames not yet written
my (%runs, %pids, %pipes);   # number -> run; pid -> number; file descriptor of a watched pipe -> [number, type]
my (@fresh, @untold);        # numbers: neither watched nor told; watched, not yet told
my $watched = '';
vec($watched, 0, 1) = 1;

# Handlers, and not IGNORE: a command starts with the defaults. The one for CHLD also ends a wait that is about to begin.
my ($ended, $timeout) = (0, 0);
$SIG{CHLD} = sub { $ended = 1; $timeout = 0 };
$SIG{PIPE} = sub { };

sub interrupted { $! == POSIX::EINTR() }

sub flush_frames {
  my $at = 0;
  while ($at < length $out) {
    my $count = syswrite(STDOUT, $out, length($out) - $at, $at);
    if (defined $count) { $at += $count } elsif (!interrupted()) { POSIX::_exit(0) }
  }
  $out = '';
}

# Type, number, payload.
sub send_frame {
  $out .= pack('NaN', length $_[2], $_[0], $_[1]) . $_[2];
  flush_frames() if length $out > 262144;
}

sub start_time {
  my ($pid) = @_;
  open(my $file, '<', "/proc/$pid/stat") or return '';
  sysread($file, my $line, 4096) or return '';
  return (split ' ', substr($line, rindex($line, ')') + 1))[19];
}

${executorStart}
sub watch {
  my ($id, $now) = @_;
  my $run = $runs{$id} or return;
  for my $type ('O', 'E') {
    my $fd = fileno $run->{$type};
    $pipes{$fd} = [$id, $type];
    vec($watched, $fd, 1) = 1;
  }
  $run->{since} = $now;
  push @untold, $id;
}

sub tell_process {
  my ($id) = @_;
  my $run = $runs{$id} or return;
  send_frame('P', $id, "$run->{pid} " . start_time($run->{pid})) if !$run->{told}++;
}

# Looks after the commands that do not end at once (5).
sub look_after {
  return if !@fresh && !@untold;
  # In hundredths of a second.
  my ($now) = POSIX::times();
  while (@untold && (!$runs{$untold[0]} || $runs{$untold[0]}{since} < $now)) { tell_process(shift @untold) }
  watch($_, $now) for splice @fresh;
}

# One read; 0 if there was nothing more, and then the pipe is closed.
sub forward {
  my ($id, $type) = @_;
  my $count = sysread($runs{$id}{$type}, my $bytes, 65536);
  if ($count) { send_frame($type, $id, $bytes); return $count }
  return 1 if !defined $count && interrupted();
  close_pipe($id, $type);
  return 0;
}

sub close_pipe {
  my ($id, $type) = @_;
  my $pipe = delete $runs{$id}{$type} or return;
  delete $pipes{fileno $pipe} and vec($watched, fileno $pipe, 1) = 0;
}

# Whether the pipes of a command are read from while it runs.
sub read_from {
  my ($id, $wanted) = @_;
  my $run = $runs{$id} or return;
  for my $type ('O', 'E') { vec($watched, fileno $run->{$type}, 1) = $wanted if $run->{$type} && $pipes{fileno $run->{$type}} }
}

# What a pipe can hold is far below the limit: a child that goes on writing is not waited for.
sub drain {
  my ($id) = @_;
  my $run = $runs{$id};
  my $left = 8 * 1024 * 1024;
  while ($left > 0) {
    my @open = grep { $run->{$_} } 'O', 'E' or last;
    my $ready = '';
    vec($ready, fileno $run->{$_}, 1) = 1 for @open;
    my $found = select($ready, undef, undef, 0);
    next if $found < 0 && interrupted();
    last if $found <= 0;
    for my $type (@open) { $left -= forward($id, $type) if vec($ready, fileno $run->{$type}, 1) }
  }
  close_pipe($id, $_) for 'O', 'E';
}

sub reap {
  while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
    my $status = $?;
    my $id = delete $pids{$pid};
    if (!defined $id) { @spares = grep { $_->{pid} != $pid } @spares; next }
    drain($id);
    my $why = $status == 127 << 8 ? why_not($id) : undef;
    if (defined $why) { send_frame('F', $id, $why) } else { send_frame('X', $id, pack('NN', $status >> 8, $status & 127)) }
    delete $runs{$id};
    delete $why{$id} if %why;
  }
}

sub obey {
  my ($type, $id, $payload) = @_;
  if ($type eq 'G') { start_spare($id, $payload) }
  elsif ($type eq 'R') { start($id, $payload) }
  elsif ($type eq 'S') { $wanted++ }
  elsif ($type eq 'D') { drop_spare() }
  elsif ($type eq 'V') { %ENV = map { split(/=/, $_, 2) } split(/\0/, $payload) }
  elsif ($type eq 'W' || $type eq 'C') { read_from($id, $type eq 'C' ? 1 : 0) }
  elsif ($type eq 'K') {
    tell_process($id);
    send_frame('A', $id, '');
    # The process itself too: it may not yet have made its group.
    kill($payload, -$runs{$id}{pid}, $runs{$id}{pid}) if $runs{$id};
  }
}

sub read_frames {
  my $count = sysread(STDIN, $in, 65536, length $in);
  if (!$count) { return if !defined $count && interrupted(); POSIX::_exit(0) }
  while (length $in >= 9) {
    my ($length, $type, $id) = unpack('NaN', $in);
    last if length $in < 9 + $length;
    my $payload = substr($in, 9, $length);
    substr($in, 0, 9 + $length) = '';
    obey($type, $id, $payload);
  }
}

send_frame('H', 0, '${executorVersion}');
my ($wait, $round) = (0.002, 0);
while (1) {
  # In this order: an end that is told after the look at $ended makes $timeout zero.
  $timeout = $wait;
  if ($ended) { $ended = 0; reap() }
  flush_frames() if length $out;
  # Spares are made when there is nothing else to do: they hold up no command.
  my $short = @spares < $wanted;
  if ($short) { $timeout = 0 } elsif ($timeout && !%runs) { $timeout = undef }
  my $ready = $watched;
  my $found = $ended ? 0 : select($ready, undef, undef, $timeout);
  if ($found > 0) {
    $wait = 0.002;
    read_frames() if vec($ready, 0, 1);
    for my $fd (keys %pipes) {
      next if !vec($ready, $fd, 1);
      my ($id, $type) = @{ $pipes{$fd} };
      forward($id, $type);
    }
  }
  elsif ($found < 0 || $ended) { $wait = 0.002 }
  elsif ($short) {
    my $spare = make();
    if ($spare) { push @spares, $spare } else { $wanted = @spares }
  }
  else {
    $ended = 1;
    look_after();
    $wait = $wait < 0.5 ? $wait * 2 : 1;
  }
  look_after() if ++$round % 8 == 0;
}
`;
