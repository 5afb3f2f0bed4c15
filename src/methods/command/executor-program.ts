// The executor's program, in Perl, and how it is handed over.
//
// Perl, because it is small (7 MB, of which 2 are its own), on every Debian, and can do what a shell cannot: real pipes,
// sessions without a further program, and the difference between an exit code and a signal (docs/adr).
//
// Frames, both ways: length of the payload (4 bytes), type (1), number of the command (4), payload. Big-endian.
//
// To the executor:  V environment, NAME=value and NAME=value … · R run: work folder, run key, program, arguments …
//                   (each joined by zero bytes) · K kill the group of a command, if its first process is not reaped ·
//                   S arm: have one more spare · G run, like R, in place of a spare · D have one spare less
// From it:          H ready, and its version · P started: pid, start time in ticks · O, E a piece of output or error output ·
//                   X ended: exit code (4), signal (4) · F not started: C or E, errno · A a kill was read
//
// A spare is a process made ahead: forked, with its session and its pipes, it waits to be told what to become.
//
// 1. It ends when its input does, without starting anything more; commands that run go on (the next start finds them).
// 2. A command ends when its first process ends: what is in the pipes then is sent, then they are closed.
// 3. It never waits but in one place, where input, output of commands and ends of commands all wake it. An end that comes
//    in the instant before it waits (the handler is Perl's, so there is one) is seen when the wait is over: it begins at
//    2 ms and doubles while nothing happens.
// 4. Whatever a command holds of ours is closed by exec: nothing but its three files, and no signal that is ignored.
// 5. If it is killed, its output ends for the node only when every process that it has made is a command, or gone: each
//    holds a copy until exec itself closes it. A moment later each has its own mark, and a sweep finds them all.
// 6. A command that ends soon costs the node one piece of bytes: its output stays in its pipes until it ends, or
//    nothing happens for 2 ms, or 8 rounds of the loop are done; P is sent a hundredth of a second or two later, and
//    before a kill.
// 7. A spare knows nothing of any command. It becomes one by one write, which is whole or not at all, and ends without
//    doing anything when the other end of that pipe is gone: only the executor has it, and the spares that are younger.
//    So when the executor ends, however it ends, the youngest goes, then the one before it, until the last.
// 8. A spare also has copies of our ends of the pipes of commands that ran when it was made. It lasts for seconds at most
//    (executor.ts): a child in the background learns by so much later that nobody reads what it writes.

export const executorVersion = '2';

/** Most bytes of a command that a spare can be told, with all that is written with it: a pipe takes 4,096 as one. */
export const maxSpareBytes = 4_000;

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
my ($wanted, @spares) = (0); # how many spares there should be; those there are, the oldest first
my %why;                     # number -> why it could not begin
my $watched = '';
vec($watched, 0, 1) = 1;
open(my $null, '+<', '/dev/null') or exit 1;
# For all that are made here, and for no command: exec closes them.
pipe(my $why_r, my $why_w) or exit 1;
open(my $until_exec, '>&', \*STDOUT) or exit 1;

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

# A process that becomes what the order says, or, without one, a spare. Nothing, and errno, if there can be none.
sub make {
  my ($order) = @_;
  my ($out_r, $out_w, $err_r, $err_w, $go_r, $go_w);
  pipe($out_r, $out_w) && pipe($err_r, $err_w) && (defined $order || pipe($go_r, $go_w)) or return;
  my $pid = fork;
  return if !defined $pid;
  return { pid => $pid, O => $out_r, E => $err_r, go => $go_w } if $pid;
  POSIX::setsid();
  POSIX::dup2(fileno $null, 0);
  POSIX::dup2(fileno $out_w, 1);
  POSIX::dup2(fileno $err_w, 2);
  if (!defined $order) {
    # Or it would wait for itself (7).
    close $go_w;
    # Once in vain, a program without a name: pages and symbols that it needs are then at hand when it counts.
    become(pack('N', 0) . ".\0\0");
    my $count;
    do { $count = sysread($go_r, $order, 4096) } while !defined $count && interrupted();
    POSIX::_exit(0) if !$count;
  }
  syswrite($why_w, become($order));
  POSIX::_exit(127);
}

# Comes back only if it cannot be done, and says why.
sub become {
  my ($order) = @_;
  my ($id, $folder, $key, @args) = (unpack('N', $order), split(/\0/, substr($order, 4), -1));
  $ENV{STEWARD_RUN} = $key;
  my $step = 'C';
  if (chdir $folder) {
    $step = 'E';
    no warnings;
    exec { $args[0] } @args;
  }
  return pack('NaN', $id, $step, $! + 0);
}

sub begun {
  my ($id, $run) = @_;
  $runs{$id} = $run;
  $pids{$run->{pid}} = $id;
  push @fresh, $id;
}

sub start {
  my ($id, $payload) = @_;
  my $run = make(pack('N', $id) . $payload) or return send_frame('F', $id, 'E' . ($! + 0));
  begun($id, $run);
}

sub start_spare {
  my ($id, $payload) = @_;
  $wanted-- if $wanted > 0;
  my $run = shift @spares or return start($id, $payload);
  if (length $payload <= ${maxSpareBytes} && syswrite($run->{go}, pack('N', $id) . $payload)) {
    delete $run->{go};
    return begun($id, $run);
  }
  kill('KILL', $run->{pid});
  start($id, $payload);
}

sub drop_spare {
  $wanted-- if $wanted > 0;
  kill('KILL', (pop @spares)->{pid}) if @spares > $wanted;
}

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

# Looks after the commands that do not end at once (6).
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

# What a command that could not begin has said of it, before it ended.
sub why_not {
  my ($id) = @_;
  while (1) {
    my $ready = '';
    vec($ready, fileno $why_r, 1) = 1;
    last if select($ready, undef, undef, 0) <= 0;
    sysread($why_r, my $bytes, 9 * 400) or last;
    my @all = unpack('(NaN)*', $bytes);
    while (my ($of, $step, $errno) = splice(@all, 0, 3)) { $why{$of} = $step . $errno if $runs{$of} }
  }
  return $why{$id};
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
  elsif ($type eq 'K') {
    tell_process($id);
    send_frame('A', $id, '');
    # The process itself too: it may not yet have made its group.
    kill('KILL', -$runs{$id}{pid}, $runs{$id}{pid}) if $runs{$id};
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
