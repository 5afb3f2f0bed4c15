// The executor's program, in Perl, and how it is handed over.
//
// Perl, because it is small (7 MB, of which 2 are its own), on every Debian, and can do what a shell cannot: real pipes,
// sessions without a further program, and the difference between an exit code and a signal (docs/adr).
//
// Frames, both ways: length of the payload (4 bytes), type (1), number of the command (4), payload. Big-endian.
//
// To the executor:  V environment, NAME=value and NAME=value … · R run: work folder, run key, program, arguments …
//                   (each joined by zero bytes) · K kill the group of a command, if its first process is not reaped
// From it:          H ready, and its version · P started: pid, start time in ticks · O, E a piece of output or error output ·
//                   X ended: exit code (4), signal (4) · F not started: C or E, errno · A a kill was read
//
// 1. It ends when its input does, without starting anything more; commands that run go on (the next start finds them).
// 2. A command ends when its first process ends: what is in the pipes then is sent, then they are closed.
// 3. It never waits but in one place, where input, output of commands and ends of commands all wake it. An end that comes
//    in the instant before it waits is seen a moment later: the wait begins at 1 ms and doubles while nothing happens.
// 4. Whatever a command holds of ours is closed by exec: nothing but its three files, and no signal that is ignored.
// 5. If it is killed, its output ends for the node only when every process that it has made is, or is about to become, a
//    command with its own mark. So the sweep that follows finds them all.

export const executorVersion = '1';

/** Reads the program from standard input, by its length, so that the process list shows one short line. */
export const bootstrap =
  'my $p=q();while(length($p)<$ARGV[1]){sysread(STDIN,$p,$ARGV[1]-length($p),length($p)) or exit}eval($p);die($@)if$@';

export const executorProgram = String.raw`
use strict;
use POSIX ();

my ($in, $out) = ('', '');   # bytes read and not yet understood; frames not yet written
my (%runs, %pids, %pipes);   # number -> run; pid -> number; file descriptor -> [number, type]
my $watched = '';
vec($watched, 0, 1) = 1;
open(my $null, '+<', '/dev/null') or exit 1;

# Handlers, and not IGNORE: a command starts with the defaults. The one for CHLD is there to interrupt select.
$SIG{CHLD} = sub { };
$SIG{PIPE} = sub { };

sub flush_frames {
  my $at = 0;
  while ($at < length $out) {
    my $count = syswrite(STDOUT, $out, length($out) - $at, $at);
    if (defined $count) { $at += $count } elsif (!$!{EINTR}) { POSIX::_exit(0) }
  }
  $out = '';
}

sub send_frame {
  my ($type, $id, $payload) = @_;
  $out .= pack('NaN', length $payload, $type, $id) . $payload;
  flush_frames() if length $out > 262144;
}

sub start_time {
  my ($pid) = @_;
  open(my $file, '<', "/proc/$pid/stat") or return '';
  sysread($file, my $line, 4096) or return '';
  return (split ' ', substr($line, rindex($line, ')') + 1))[19];
}

sub start {
  my ($id, $folder, $key, @args) = @_;
  my ($out_r, $out_w, $err_r, $err_w, $why_r, $why_w);
  if (!pipe($out_r, $out_w) || !pipe($err_r, $err_w) || !pipe($why_r, $why_w)) {
    return send_frame('F', $id, 'E' . ($! + 0));
  }
  $ENV{STEWARD_RUN} = $key;
  my $pid = fork;
  return send_frame('F', $id, 'E' . ($! + 0)) if !defined $pid;
  if ($pid == 0) {
    POSIX::setsid();
    POSIX::dup2(fileno $null, 0);
    POSIX::dup2(fileno $err_w, 2);
    my $step = 'C';
    if (chdir $folder) {
      $step = 'E';
      # Last: as long as a process has not got this far, the node does not see our output end (5).
      POSIX::dup2(fileno $out_w, 1);
      no warnings;
      exec { $args[0] } @args;
    }
    syswrite($why_w, $step . ($! + 0));
    POSIX::_exit(127);
  }
  $runs{$id} = { pid => $pid, why => $why_r, O => $out_r, E => $err_r };
  $pids{$pid} = $id;
  for my $type ('O', 'E') {
    my $fd = fileno $runs{$id}{$type};
    $pipes{$fd} = [$id, $type];
    vec($watched, $fd, 1) = 1;
  }
  send_frame('P', $id, "$pid " . start_time($pid));
}

# One read; 0 if there was nothing more, and then the pipe is closed.
sub forward {
  my ($id, $type) = @_;
  my $count = sysread($runs{$id}{$type}, my $bytes, 65536);
  if ($count) { send_frame($type, $id, $bytes); return $count }
  return 1 if !defined $count && $!{EINTR};
  close_pipe($id, $type);
  return 0;
}

sub close_pipe {
  my ($id, $type) = @_;
  my $pipe = delete $runs{$id}{$type} or return;
  vec($watched, fileno $pipe, 1) = 0;
  delete $pipes{fileno $pipe};
  close $pipe;
}

# What a pipe can hold is far below the limit: a child that goes on writing is not waited for.
sub drain {
  my ($id, $type) = @_;
  my $left = 8 * 1024 * 1024;
  while ($left > 0 && $runs{$id}{$type}) {
    my $ready = '';
    vec($ready, fileno $runs{$id}{$type}, 1) = 1;
    my $found = select($ready, undef, undef, 0);
    next if $found < 0 && $!{EINTR};
    last if $found <= 0;
    $left -= forward($id, $type);
  }
  close_pipe($id, $type);
}

sub reap {
  my $seen = 0;
  while ((my $pid = waitpid(-1, POSIX::WNOHANG())) > 0) {
    my ($code, $signal) = ($? >> 8, $? & 127);
    my $id = delete $pids{$pid};
    next if !defined $id;
    $seen = 1;
    drain($id, 'O');
    drain($id, 'E');
    my $count = sysread($runs{$id}{why}, my $why, 16);
    if ($count) { send_frame('F', $id, $why) } else { send_frame('X', $id, pack('NN', $code, $signal)) }
    delete $runs{$id};
  }
  return $seen;
}

sub obey {
  my ($type, $id, $payload) = @_;
  if ($type eq 'R') { start($id, split(/\0/, $payload, -1)) }
  elsif ($type eq 'V') { %ENV = map { split(/=/, $_, 2) } split(/\0/, $payload) }
  elsif ($type eq 'K') {
    send_frame('A', $id, '');
    # The process itself too: it may not yet have made its group.
    kill('KILL', -$runs{$id}{pid}, $runs{$id}{pid}) if $runs{$id};
  }
}

sub read_frames {
  my $count = sysread(STDIN, $in, 65536, length $in);
  if (!$count) { return if !defined $count && $!{EINTR}; POSIX::_exit(0) }
  while (length $in >= 9) {
    my ($length, $type, $id) = unpack('NaN', $in);
    last if length $in < 9 + $length;
    my $payload = substr($in, 9, $length);
    substr($in, 0, 9 + $length) = '';
    obey($type, $id, $payload);
  }
}

send_frame('H', 0, '1');
my $wait = 0.001;
while (1) {
  my $busy = reap();
  flush_frames();
  my $ready = $watched;
  my $found = select($ready, undef, undef, %runs ? $wait : undef);
  if ($found > 0) {
    $busy = 1;
    for my $fd (keys %pipes) {
      next if !vec($ready, $fd, 1);
      my ($id, $type) = @{ $pipes{$fd} };
      forward($id, $type);
    }
    read_frames() if vec($ready, 0, 1);
  }
  $wait = $busy || $found < 0 ? 0.001 : $wait < 0.5 ? $wait * 2 : 1;
}
`;
