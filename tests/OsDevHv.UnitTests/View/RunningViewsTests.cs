#pragma warning disable CA1416 // There is KVM on Linux only.
using System.Globalization;
using OsDevHv.View;

namespace OsDevHv.Tests.View;

public sealed class RunningViewsTests : IDisposable
{
    private const UnixFileMode OnlyUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static readonly Uri s_address = new("http://127.0.0.1:5/?token=a");

    private readonly string _parent = Directory.CreateTempSubdirectory("osdevhv-views-").FullName;
    private readonly RunningViews _views;

    public RunningViewsTests() => _views = new RunningViews(Own);

    private string Own => Path.Combine(_parent, "own");

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Fact]
    public void Nobody_runs_where_there_is_no_directory() => Assert.Empty(_views.Find());

    [Fact]
    public void A_process_is_found_while_it_serves()
    {
        using (_views.Add(s_address, "kernel"))
        {
            Assert.Equal([new RunningView(Environment.ProcessId, s_address, "kernel")], _views.Find());
        }

        Assert.Empty(_views.Find());
        Assert.Empty(Directory.GetFiles(Own));
    }

    [Fact]
    public void Only_the_user_can_read_it()
    {
        using IDisposable _ = _views.Add(s_address, "kernel");

        Assert.Equal(OnlyUser, File.GetUnixFileMode(Own));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite,
            File.GetUnixFileMode(Path.Combine(Own, Environment.ProcessId.ToString(CultureInfo.InvariantCulture))));
    }

    [Fact]
    public void What_a_dead_process_left_is_removed_and_what_is_not_a_process_stays()
    {
        Directory.CreateDirectory(Own, OnlyUser);
        File.WriteAllText(Path.Combine(Own, "1"), $"{s_address}\nkernel\n");
        File.WriteAllText(Path.Combine(Own, "note"), "");

        Assert.Empty(_views.Find());
        Assert.Equal([Path.Combine(Own, "note")], Directory.GetFiles(Own));
    }

    [Fact]
    public void A_directory_that_others_may_enter_is_not_used()
    {
        Directory.CreateDirectory(Own, OnlyUser | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);

        Assert.Contains("mode 700", Assert.Throws<IOException>(() => _views.Add(s_address, "kernel")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_link_in_the_directorys_place_is_not_used()
    {
        Directory.CreateDirectory(Path.Combine(_parent, "other"), OnlyUser);
        Directory.CreateSymbolicLink(Own, "other");

        Assert.Throws<IOException>(() => _views.Add(s_address, "kernel"));
    }
}
