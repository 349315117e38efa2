namespace OsDevHv.Gdb;

/// <summary>The register description that the debugger is given; fixed for a session, whatever mode the CPU is in.</summary>
public enum TargetArchitecture
{
    /// <summary>gdb's <c>i386</c>: what <c>gdb kernel32.elf</c> expects.</summary>
    I386,

    /// <summary>gdb's <c>i386:x86-64</c>: what <c>gdb kernel64.elf</c> expects. Shows every mode's registers whole.</summary>
    X86_64,

    /// <summary>gdb's <c>i8086</c>: the registers of <see cref="I386"/>, with disassembly of 16-bit code.</summary>
    I8086,
}
