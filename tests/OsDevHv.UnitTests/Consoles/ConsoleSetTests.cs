using System.Net;
using System.Net.Sockets;
using System.Text;
using OsDevHv.Machine.Consoles;
using OsDevHv.Profiles;
using Xunit;

namespace OsDevHv.Tests.Consoles;

public sealed class ConsoleSetTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly StringWriter _messages = new();
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-consoles");
    private readonly ConsoleSet _consoles;
    private string? _panic;

    public ConsoleSetTests() => _consoles = new ConsoleSet(new ConsoleOptions
    {
        Messages = TextWriter.Synchronized(_messages),
        PanicPattern = "PANIC",
        OnPanic = line => _panic = line,
    });

    public void Dispose()
    {
        _consoles.Dispose();
        _directory.Delete(recursive: true);
    }

    [Fact]
    public void A_file_is_emptied_and_holds_the_output_after_a_drain()
    {
        string path = InDirectory("serial.log");
        File.WriteAllText(path, "something of an earlier run that is longer");

        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.File, path));
        Write(console, "hello\n");
        bool drained = _consoles.Drain(CancellationToken.None);

        Assert.True(drained);
        Assert.Equal("hello\n", File.ReadAllText(path));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_an_error_that_names_device_and_file()
    {
        string path = InDirectory("missing/serial.log");

        ConsoleException error = Assert.Throws<ConsoleException>(() => _consoles.Open("com2", new Connection(ConnectionKind.File, path)));

        Assert.StartsWith($"com2: cannot open file:{path}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_once_and_the_run_goes_on()
    {
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.File, "/dev/full"));

        Write(console, "a");
        _consoles.Drain(CancellationToken.None);
        Write(console, "b");
        bool drained = _consoles.Drain(CancellationToken.None);

        Assert.True(drained);
        Assert.Equal(
            "osdevhv: /dev/full: No space left on device; further output is dropped, the machine runs on\n", _messages.ToString());
    }

    [Fact]
    public void Two_devices_cannot_have_one_file()
    {
        string path = InDirectory("serial.log");
        _consoles.Open("com1", new Connection(ConnectionKind.File, path));

        ConsoleException error = Assert.Throws<ConsoleException>(() => _consoles.Open("com2", new Connection(ConnectionKind.File, path)));

        Assert.Contains("is connected to com1 already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_panic_on_any_console_is_found()
    {
        _consoles.Open("com1", new Connection(ConnectionKind.Null));
        HostConsole second = _consoles.Open("debug", new Connection(ConnectionKind.Null));

        Write(second, "KERNEL PANIC");
        _consoles.Drain(CancellationToken.None);

        Assert.Equal("KERNEL PANIC", _consoles.PanicLine);
        Assert.Equal("KERNEL PANIC", _panic);
    }

    [Fact]
    public void An_address_in_use_is_an_error()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();

        ConsoleException error = Assert.Throws<ConsoleException>(
            () => _consoles.Open("com1", new Connection(ConnectionKind.Tcp, other.LocalEndpoint.ToString()!)));

        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tcp_client_gets_output_gives_input_and_may_come_again()
    {
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.Tcp, "127.0.0.1:0"));
        console.TryConnectInput(bytes => Echo(console, bytes));
        var address = IPEndPoint.Parse(_messages.ToString().Trim()["com1: listening on ".Length..]);

        string first = SayAndHear(address, "ping");
        string second = SayAndHear(address, "pong");

        Assert.Equal("ping", first);
        Assert.Equal("pong", second);
    }

    [Fact]
    public void A_socket_without_a_client_drops_output()
    {
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.Tcp, "127.0.0.1:0"));

        Write(console, new string('x', 1_000_000));

        Assert.True(_consoles.Drain(CancellationToken.None));
    }

    [Fact]
    public void Output_reaches_a_client_of_a_console_without_input()
    {
        HostConsole console = _consoles.Open("debug", new Connection(ConnectionKind.Tcp, "127.0.0.1:0"));
        var address = IPEndPoint.Parse(_messages.ToString().Trim()["debug: listening on ".Length..]);
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(address);

        // What is written before the client is accepted is dropped, so it is written again until it arrives.
        byte[] heard = new byte[1];
        while (client.Available == 0)
        {
            console.Write((byte)'x');
            Thread.Yield();
        }

        client.Receive(heard);

        Assert.Equal((byte)'x', heard[0]);
    }

    [Fact]
    public async Task Clients_that_leave_in_the_middle_of_a_flood_do_no_harm()
    {
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.Tcp, "127.0.0.1:0"));
        var address = IPEndPoint.Parse(_messages.ToString().Trim()["com1: listening on ".Length..]);
        using var over = new CancellationTokenSource();
        Task flood = Task.Run(
            () =>
            {
                while (!over.IsCancellationRequested)
                {
                    Write(console, "flood ");
                }
            },
            TestContext.Current.CancellationToken);

        for (int i = 0; i < 20; i++)
        {
            using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            client.ReceiveTimeout = (int)Limit.TotalMilliseconds;
            client.Connect(address);
            client.Receive(new byte[100]);
            client.LingerState = new LingerOption(enable: true, seconds: 0);
        }

        await over.CancelAsync();
        await flood;
        Assert.True(_consoles.Drain(CancellationToken.None));
        Assert.Equal(0, console.Dropped);
    }

    [Fact]
    public void A_unix_socket_works_and_its_file_goes_with_it()
    {
        string path = InDirectory("com1.sock");
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.Unix, path));
        console.TryConnectInput(bytes => Echo(console, bytes));

        string heard = SayAndHear(new UnixDomainSocketEndPoint(path), "ping");
        _consoles.Dispose();

        Assert.Equal("ping", heard);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void An_abandoned_unix_socket_is_replaced()
    {
        string path = InDirectory("com1.sock");
        using (var dead = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
        {
            dead.Bind(new UnixDomainSocketEndPoint(path));
            File.Move(path, path + ".kept");
        }

        File.Move(path + ".kept", path);

        _consoles.Open("com1", new Connection(ConnectionKind.Unix, path));

        Assert.Equal($"com1: listening on {path}\n", _messages.ToString());
    }

    [Fact]
    public void A_unix_socket_does_not_replace_a_file_of_the_user()
    {
        string path = InDirectory("notes.txt");
        File.WriteAllText(path, "precious");

        ConsoleException error = Assert.Throws<ConsoleException>(() => _consoles.Open("com1", new Connection(ConnectionKind.Unix, path)));

        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(path));
    }

    [Fact]
    public async Task A_pseudo_terminal_passes_bytes_as_they_are_both_ways()
    {
        HostConsole console = _consoles.Open("com1", new Connection(ConnectionKind.Pty));
        Write(console, "dropped: nobody is there");
        _consoles.Drain(CancellationToken.None);
        console.TryConnectInput(bytes => Echo(console, bytes));
        string name = _messages.ToString().Trim()["com1: connected to ".Length..];

        using var client = new FileStream(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
        client.Write("a\r\n\u0003\u0004z"u8);
        byte[] heard = new byte[6];
        Task reading = Task.Run(() => client.ReadExactly(heard), TestContext.Current.CancellationToken);
        await reading.WaitAsync(Limit, TestContext.Current.CancellationToken);

        Assert.Equal("a\r\n\u0003\u0004z", Encoding.ASCII.GetString(heard));
    }

    private static int Echo(HostConsole console, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            console.Write(value);
        }

        return bytes.Length;
    }

    private static void Write(HostConsole console, string text)
    {
        foreach (char c in text)
        {
            while (console.IsCongested)
            {
                Thread.Yield();
            }

            console.Write((byte)c);
        }
    }

    private static string SayAndHear(EndPoint address, string words)
    {
        using var client = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Unspecified);
        client.ReceiveTimeout = (int)Limit.TotalMilliseconds;
        client.Connect(address);
        client.Send(Encoding.ASCII.GetBytes(words));
        byte[] heard = new byte[words.Length];
        int count = 0;
        while (count < heard.Length)
        {
            int now = client.Receive(heard.AsSpan(count));
            if (now == 0)
            {
                break;
            }

            count += now;
        }

        return Encoding.ASCII.GetString(heard, 0, count);
    }

    private string InDirectory(string name) => Path.Combine(_directory.FullName, name);
}
