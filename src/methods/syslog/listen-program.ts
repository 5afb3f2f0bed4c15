// The program that listens, in Perl, as the executor is and for the same reasons (command/executor-program.ts): arguments `unix PATH` or `udp ADDRESS PORT`.
//
// 1. It never waits but in one place, for the socket and for its own output: who writes to the socket does not wait for the node.
// 2. Bound: 1 MiB of lines that were not taken. What comes beyond is dropped, and its number told on standard error as soon as half of it is free.
// 3. A datagram is a line: line ends at its end and zero bytes are taken away, line ends within become #012, as daemons of syslog write them. What is
//    longer than 64 KiB is cut, which is told.
// 4. A path where nobody listens any more is taken over; one where somebody does, or that is no socket, is left alone. At its end it takes the path away.
// 5. Asked to end, it hands over what it has.
export const listenProgram = String.raw`
use strict;
use warnings;
use Errno qw(EAGAIN EINTR ECONNREFUSED);
use Fcntl;
use Socket qw(:DEFAULT inet_pton pack_sockaddr_in6 AF_INET6);

my ($kind, @where) = @ARGV;
my ($most, $longest) = (1 << 20, 1 << 16);
my $ending = 0;
$SIG{TERM} = sub { $ending = 1 };
$SIG{PIPE} = 'IGNORE';

my $socket;
if ($kind eq 'unix') {
  my ($path) = @where;
  if (-S $path) {
    socket(my $probe, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
    die "somebody listens on $path already\n" if connect($probe, pack_sockaddr_un($path)) or $! != ECONNREFUSED;
    unlink($path) or die "$path cannot be taken over: $!\n";
  }
  die "$path is there, and no socket\n" if -e $path or -l $path;
  socket($socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!\n";
  bind($socket, pack_sockaddr_un($path)) or die "cannot listen on $path: $!\n";
  chmod(0666, $path) or die "$path cannot be opened to others: $!\n";
} else {
  my ($host, $port) = @where;
  my $is6 = $host =~ /:/;
  socket($socket, $is6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0) or die "socket: $!\n";
  my $at = $is6 ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $host)) : pack_sockaddr_in($port, inet_aton($host));
  bind($socket, $at) or die "cannot listen on $host, port $port: $!\n";
}
# What the system holds while this program is not running; as much as it allows.
setsockopt($socket, SOL_SOCKET, SO_RCVBUF, pack('i', $most));
for my $handle ($socket, \*STDOUT) {
  my $flags = fcntl($handle, F_GETFL, 0) or die "fcntl: $!\n";
  fcntl($handle, F_SETFL, $flags | O_NONBLOCK) or die "fcntl: $!\n";
}

my ($held, $dropped, $cut) = ('', 0, 0);

sub count_of {
  my ($count, $what) = @_;
  print STDERR "steward: $count datagram" . ($count == 1 ? ' was ' : 's were ') . "$what\n";
}

sub take {
  for (1 .. 256) {
    defined(recv($socket, my $data, $longest + 1, 0)) or last;
    if (length($data) > $longest) { $cut++; $data = substr($data, 0, $longest) }
    $data =~ tr/\0//d;
    $data =~ s/[\r\n]+\z//;
    $data =~ s/\n/#012/g;
    if (length($held) + length($data) >= $most) { $dropped++ } else { $held .= "$data\n" }
  }
}

while (!$ending or length($held)) {
  # Not while nobody reads: standard error can be waited for, too.
  if ($cut and length($held) < $most / 2) { count_of($cut, "longer than $longest bytes, and cut"); $cut = 0 }
  if ($dropped and length($held) < $most / 2) { count_of($dropped, 'dropped: more came than could be sent'); $dropped = 0 }
  my ($in, $out) = ('', '');
  vec($in, fileno($socket), 1) = 1 if !$ending;
  vec($out, fileno(STDOUT), 1) = 1 if length($held);
  # A second: a signal may come just before it.
  next if select($in, $out, undef, 1) < 1;
  take() if !$ending and vec($in, fileno($socket), 1);
  if (length($held) and vec($out, fileno(STDOUT), 1)) {
    my $written = syswrite(STDOUT, $held, 65536);
    if (defined($written)) { substr($held, 0, $written, '') }
    elsif ($! != EAGAIN and $! != EINTR) { last }
  }
}
count_of($dropped, 'dropped: more came than could be sent') if $dropped;
unlink($where[0]) if $kind eq 'unix';
`;
