using System.Net;
using OsDevHv.Running;
using Xunit;

namespace OsDevHv.Tests.Running;

/// <summary>How <c>osdevhv gdb</c> finds and starts the debugger.</summary>
public sealed class DebuggerCommandTests : IDisposable
{
    private static readonly IPEndPoint s_server = new(IPAddress.Loopback, 4711);

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("osdevhv-debugger");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public void Gdb_reads_the_symbols_connects_and_then_does_what_the_user_wants()
    {
        Assert.Equal(
            ["kernel.elf", "-ex", "target remote 127.0.0.1:4711", "-ex", "break main"],
            Find("gdb", "-ex", "break main")!.Start("kernel.elf", s_server).ArgumentList);
    }

    [Fact]
    public void LLDB_is_told_the_same_in_its_way()
    {
        Assert.Equal(
            ["kernel.elf", "-o", "gdb-remote 127.0.0.1:4711", "-b"], Find("lldb-14", "-b")!.Start("kernel.elf", s_server).ArgumentList);
    }

    [Fact]
    public void What_stands_behind_the_name_comes_first_and_without_symbols_no_file_is_given()
    {
        Assert.Equal(["-tui", "-q", "-ex", "target remote 127.0.0.1:4711"], Find("gdb -tui  -q")!.Start(null, s_server).ArgumentList);
    }

    [Fact]
    public void The_program_is_looked_for_in_the_directories_of_the_path_and_must_be_executable()
    {
        string other = Path.Combine(_directory.FullName, "other");
        Directory.CreateDirectory(other);
        File.WriteAllText(Path.Combine(other, "gdb"), "");

        DebuggerCommand? found = Find("gdb");

        Assert.Equal(Path.Combine(_directory.FullName, "gdb"), found!.Program);
        Assert.Null(DebuggerCommand.Find("gdb", other, []));
        Assert.Null(DebuggerCommand.Find("", _directory.FullName, []));
        Assert.Equal(found.Program, DebuggerCommand.Find(found.Program, "", [])!.Program);
    }

    [Theory]
    [InlineData("gdb", "apt install gdb")]
    [InlineData("/opt/lldb-20", "apt install lldb")]
    [InlineData("", "apt install gdb")]
    public void What_is_missing_is_said_with_the_package_that_has_it(string command, string hint) =>
        Assert.Contains(hint, DebuggerCommand.DescribeMissing(command), StringComparison.Ordinal);

    private DebuggerCommand? Find(string command, params string[] last)
    {
        string path = Path.Combine(_directory.FullName, command.Split(' ')[0]);
        File.WriteAllText(path, "");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        return DebuggerCommand.Find(command, $"/nowhere:{_directory.FullName}/other:{_directory.FullName}", last);
    }
}
