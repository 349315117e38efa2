using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Gdb;

/// <summary>What a client has switched on or opened in its session. Used with the session's gate held.</summary>
internal sealed class ClientSettings : IDisposable
{
    /// <summary>QEMU's step bits: all of them, as there.</summary>
    public const uint AllStepBits = 7;

    private readonly SafeFileHandle?[] files = new SafeFileHandle?[8];

    /// <summary><c>QListThreadsInStopReply</c>: a stop reply lists the threads and where they are.</summary>
    public bool ListsThreads { get; set; }

    /// <summary><c>Qqemu.PhyMemMode</c>: addresses of memory are guest-physical.</summary>
    public bool PhysicalMemory { get; set; }

    /// <summary><c>Qqemu.sstep</c>: the bits as they were set last.</summary>
    public uint StepBits { get; set; } = AllStepBits;

    /// <summary>Takes an open file; returns its number, or -1 where too many are open.</summary>
    public int Add(SafeFileHandle file)
    {
        int number = Array.IndexOf(files, null);
        if (number >= 0)
        {
            files[number] = file;
        }

        return number;
    }

    /// <summary>An open file; null where there is none of this number.</summary>
    public SafeFileHandle? File(ulong number) => number < (ulong)files.Length ? files[number] : null;

    /// <summary>Closes a file; false where there is none of this number.</summary>
    public bool Close(ulong number)
    {
        if (File(number) is not { } file)
        {
            return false;
        }

        file.Dispose();
        files[number] = null;
        return true;
    }

    /// <summary>Closes all files.</summary>
    public void Dispose()
    {
        for (ulong number = 0; number < (ulong)files.Length; number++)
        {
            Close(number);
        }
    }
}
