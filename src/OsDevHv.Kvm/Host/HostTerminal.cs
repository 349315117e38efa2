using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace OsDevHv.Kvm.Host;

/// <summary>Terminal settings, as termios(3) has them. Opaque: to be put back as they were.</summary>
[StructLayout(LayoutKind.Sequential)]
public struct TerminalSettings
{
    internal uint InputFlags;
    internal uint OutputFlags;
    internal uint ControlFlags;
    internal uint LocalFlags;
    internal byte LineDiscipline;
    internal ControlCharacters Characters;
    internal uint InputSpeed;
    internal uint OutputSpeed;

    [InlineArray(32)]
    internal struct ControlCharacters
    {
        private byte _first;
    }
}

/// <summary>Terminals and pseudo-terminals of the host: termios(3), pts(4). Linux's numbers. Any thread.</summary>
public static partial class HostTerminal
{
    private const int StopSignal = 19;
    private const int SetNow = 0;
    private const int OpenReadWrite = 2;
    private const int OpenNoControllingTerminal = 0x100;
    private const int OpenCloseOnExec = 0x80000;

    // IGNBRK BRKINT PARMRK ISTRIP INLCR IGNCR ICRNL IXON: what cfmakeraw clears.
    private const uint InputCooking = 0x1 | 0x2 | 0x8 | 0x20 | 0x40 | 0x80 | 0x100 | 0x400;

    // ECHO ECHONL ICANON IEXTEN: as cfmakeraw, but ISIG is kept.
    private const uint LocalCooking = 0x8 | 0x40 | 0x2 | 0x8000;
    private const uint Signals = 0x1;
    private const uint OutputCooking = 0x1;
    private const uint CharacterSizeAndParity = 0x30 | 0x100;
    private const uint CharacterSize8 = 0x30;
    private const int TimeIndex = 5;
    private const int MinimumIndex = 6;
    private const int QuitIndex = 1;

    /// <summary>Whether a descriptor of this process (0 standard input, 1 output, 2 error) is a terminal.</summary>
    public static bool IsTerminal(int descriptor) => IsTty(descriptor) == 1;

    /// <summary>
    /// Whether this process is in the terminal's foreground group: only then may it read from it or change it without being stopped.
    /// </summary>
    public static bool IsForeground(int descriptor) => GetForegroundGroup(descriptor) == GetProcessGroup();

    /// <summary>Suspends this process until SIGCONT, as the terminal does on Ctrl-Z.</summary>
    public static void Suspend() => _ = Kill(Environment.ProcessId, StopSignal);

    /// <summary>Reads the settings; false when the descriptor is no terminal.</summary>
    public static bool TryGet(int descriptor, out TerminalSettings settings) => GetAttributes(descriptor, out settings) == 0;

    /// <summary>Puts settings in force at once, keeping input that was not read yet.</summary>
    public static bool TrySet(int descriptor, in TerminalSettings settings) => SetAttributes(descriptor, SetNow, in settings) == 0;

    /// <summary>
    /// Settings in which every key comes through at once, as it is and without echo. Ctrl-C and Ctrl-Z stay signals, Ctrl-\ does not;
    /// a line feed on output still returns the carriage.
    /// </summary>
    public static TerminalSettings ForKeys(in TerminalSettings settings)
    {
        TerminalSettings keys = settings;
        keys.InputFlags &= ~InputCooking;
        keys.LocalFlags &= ~LocalCooking;
        keys.ControlFlags = (keys.ControlFlags & ~CharacterSizeAndParity) | CharacterSize8;
        keys.Characters[MinimumIndex] = 1;
        keys.Characters[TimeIndex] = 0;
        keys.Characters[QuitIndex] = 0;
        return keys;
    }

    /// <summary>Opens a new pseudo-terminal that passes bytes as they are; <paramref name="name"/> is the path of its other end.</summary>
    /// <exception cref="IOException">The host has none.</exception>
    public static SafeFileHandle OpenPseudoTerminal(out string name)
    {
        int descriptor = OpenPt(OpenReadWrite | OpenNoControllingTerminal | OpenCloseOnExec);
        if (descriptor < 0)
        {
            throw HostError("posix_openpt");
        }

        var master = new SafeFileHandle(descriptor, ownsHandle: true);
        Span<byte> path = stackalloc byte[128];
        if (GrantPt(descriptor) != 0 || UnlockPt(descriptor) != 0 || PtsName(descriptor, path, (nuint)path.Length) is not 0)
        {
            IOException error = HostError("ptsname_r");
            master.Dispose();
            throw error;
        }

        name = Encoding.UTF8.GetString(path[..path.IndexOf((byte)0)]);

        // Opened and closed once, the other end counts as hung up, which is how one tells that nobody listens.
        using SafeFileHandle slave = File.OpenHandle(name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        int other = (int)slave.DangerousGetHandle();
        if (TryGet(other, out TerminalSettings settings))
        {
            settings = ForKeys(in settings);
            settings.LocalFlags &= ~Signals;
            settings.OutputFlags &= ~OutputCooking;
            TrySet(other, in settings);
        }

        return master;
    }

    private static IOException HostError(string call) =>
        new($"{call}: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastSystemError())}");

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int IsTty(int descriptor);

    [LibraryImport("libc", EntryPoint = "tcgetpgrp")]
    private static partial int GetForegroundGroup(int descriptor);

    [LibraryImport("libc", EntryPoint = "getpgrp")]
    private static partial int GetProcessGroup();

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "tcgetattr")]
    private static partial int GetAttributes(int descriptor, out TerminalSettings settings);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int SetAttributes(int descriptor, int when, in TerminalSettings settings);

    [LibraryImport("libc", EntryPoint = "posix_openpt", SetLastError = true)]
    private static partial int OpenPt(int flags);

    [LibraryImport("libc", EntryPoint = "grantpt", SetLastError = true)]
    private static partial int GrantPt(int descriptor);

    [LibraryImport("libc", EntryPoint = "unlockpt", SetLastError = true)]
    private static partial int UnlockPt(int descriptor);

    [LibraryImport("libc", EntryPoint = "ptsname_r", SetLastError = true)]
    private static partial int PtsName(int descriptor, Span<byte> path, nuint size);
}
