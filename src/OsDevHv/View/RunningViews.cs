#pragma warning disable CA1416 // There is KVM on Linux only.
using System.Globalization;
using OsDevHv.Kvm.Host;

namespace OsDevHv.View;

/// <summary>A machine that serves a page.</summary>
/// <param name="ProcessId">The process that runs it.</param>
/// <param name="Address">Its page, with the token.</param>
/// <param name="Name">The machine's name.</param>
internal sealed record RunningView(int ProcessId, Uri Address, string Name);

/// <summary>
/// The machines of this user that serve pages: a file a process, named by its number, in a directory that only the user can enter. The
/// process keeps a shared lock on its file (flock(2), as .NET takes one), so that one without is what a dead process has left, whoever has
/// its number now.
/// </summary>
/// <param name="directory">The directory; made when a machine is added.</param>
internal sealed class RunningViews(string directory)
{
    private const UnixFileMode OnlyUser = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>Those of the user of this process: in XDG_RUNTIME_DIR (XDG Base Directory Specification), else below /tmp.</summary>
    public static RunningViews OfThisUser() => new(
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime && Path.IsPathRooted(runtime)
            ? Path.Combine(runtime, "osdevhv")
            : string.Create(CultureInfo.InvariantCulture, $"/tmp/osdevhv-{HostUser.Id}"));

    /// <summary>Lists this process until the result is disposed of.</summary>
    /// <exception cref="IOException">The directory cannot be used.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    public IDisposable Add(Uri address, string name)
    {
        Directory.CreateDirectory(directory, OnlyUser);
        var info = new DirectoryInfo(directory);
        if (info.LinkTarget is not null || info.UnixFileMode != OnlyUser)
        {
            throw new IOException($"{directory} is not a directory for its owner alone (mode 700)");
        }

        string path = Path.Combine(directory, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        string unfinished = $"{path}.new";
        var file = new FileStream(unfinished, new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.ReadWrite,
            Share = FileShare.Read,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        try
        {
            file.Write(System.Text.Encoding.UTF8.GetBytes($"{address}\n{name}\n"));
            file.Flush();
            // Locked before it has its name, so that nobody takes it for a dead one's.
            File.Move(unfinished, path, overwrite: true);
            return new Entry(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Those that run, by number; the files of dead ones are removed.</summary>
    public IReadOnlyList<RunningView> Find()
    {
        if (!Directory.Exists(directory))
        {
            return [];
        }

        var found = new List<RunningView>();
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out int process)
                && Read(path, process) is { } view)
            {
                found.Add(view);
            }
        }

        return [.. found.OrderBy(static view => view.ProcessId)];
    }

    private static RunningView? Read(string path, int process)
    {
        try
        {
            if (RemoveIfDead(path))
            {
                return null;
            }

            // Two may share what the process has locked for sharing.
            using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
            string? address = reader.ReadLine();
            return Uri.TryCreate(address, UriKind.Absolute, out Uri? page) ? new RunningView(process, page, reader.ReadLine() ?? "") : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile.
            return null;
        }
    }

    private static bool RemoveIfDead(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (FileNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }

        File.Delete(path);
        return true;
    }

    private sealed class Entry(FileStream file, string path) : IDisposable
    {
        public void Dispose()
        {
            // The name goes first: an unlocked file is a dead process's.
            File.Delete(path);
            file.Dispose();
        }
    }
}
