using System.Buffers.Binary;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.Memory;

namespace OsDevHv.Machine.Core;

/// <summary>
/// The notes of a core dump: each CPU as a thread, as Linux writes threads (NT_PRSTATUS, NT_FPREGSET, NT_PRXFPREG; include/uapi/linux/elf.h
/// and elfcore.h), and then as QEMU's dump-guest-memory does (note QEMU, struct QEMUCPUState), which has the system registers too.
/// </summary>
internal static class CoreNotes
{
    private const uint ProcessStatus = 1;
    private const uint FloatingPoint = 2;
    private const uint ExtendedFloatingPoint = 0x46e6_2b7f;
    private const int StatusBytes64 = 336;
    private const int StatusBytes32 = 144;

    /// <summary>All notes, one after the other.</summary>
    public static byte[] Build(IReadOnlyList<CoreCpu> cpus, bool is64)
    {
        using var notes = new MemoryStream();
        foreach (CoreCpu cpu in cpus)
        {
            Add(notes, "CORE", ProcessStatus, is64 ? Status64(cpu) : Status32(cpu));
            Add(notes, is64 ? "CORE" : "LINUX", is64 ? FloatingPoint : ExtendedFloatingPoint, cpu.Fxsave.Span);
        }
        foreach (CoreCpu cpu in cpus)
        {
            Add(notes, "QEMU", 0, QemuState(cpu));
        }
        return notes.ToArray();
    }

    private static void Add(MemoryStream notes, string name, uint type, ReadOnlySpan<byte> content)
    {
        Span<byte> header = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(header, name.Length + 1);
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], content.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], type);
        notes.Write(header);
        foreach (char character in name)
        {
            notes.WriteByte((byte)character);
        }
        Pad(notes, 1 + 3 - (name.Length % 4));
        notes.Write(content);
        Pad(notes, (4 - (content.Length % 4)) % 4);
    }

    private static void Pad(MemoryStream notes, int bytes)
    {
        for (; bytes > 0; bytes--)
        {
            notes.WriteByte(0);
        }
    }

    private static byte[] Status64(CoreCpu cpu)
    {
        GeneralRegisters r = cpu.General;
        SystemRegisters s = cpu.System;
        var status = new byte[StatusBytes64];
        BinaryPrimitives.WriteInt16LittleEndian(status.AsSpan(12), (short)cpu.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(status.AsSpan(32), cpu.Index + 1);
        ReadOnlySpan<ulong> registers =
        [
            r.R15, r.R14, r.R13, r.R12, r.Rbp, r.Rbx, r.R11, r.R10, r.R9, r.R8, r.Rax, r.Rcx, r.Rdx, r.Rsi, r.Rdi, ulong.MaxValue,
            r.Rip, s.Cs.Selector, r.Rflags, r.Rsp, s.Ss.Selector, s.Fs.Base, s.Gs.Base, s.Ds.Selector, s.Es.Selector, s.Fs.Selector,
            s.Gs.Selector,
        ];
        for (int i = 0; i < registers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(status.AsSpan(112 + (8 * i)), registers[i]);
        }
        status[328] = 1;
        return status;
    }

    private static byte[] Status32(CoreCpu cpu)
    {
        GeneralRegisters r = cpu.General;
        SystemRegisters s = cpu.System;
        var status = new byte[StatusBytes32];
        BinaryPrimitives.WriteInt16LittleEndian(status.AsSpan(12), (short)cpu.Signal);
        BinaryPrimitives.WriteInt32LittleEndian(status.AsSpan(24), cpu.Index + 1);
        ReadOnlySpan<ulong> registers =
        [
            r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rbp, r.Rax, s.Ds.Selector, s.Es.Selector, s.Fs.Selector, s.Gs.Selector, uint.MaxValue,
            r.Rip, s.Cs.Selector, r.Rflags, r.Rsp, s.Ss.Selector,
        ];
        for (int i = 0; i < registers.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(status.AsSpan(72 + (4 * i)), (uint)registers[i]);
        }
        status[140] = 1;
        return status;
    }

    /// <summary>struct QEMUCPUState, version 1 with kernel_gs_base, 440 bytes.</summary>
    private static byte[] QemuState(CoreCpu cpu)
    {
        const uint version = 1;
        const uint bytes = 440;
        GeneralRegisters r = cpu.General;
        SystemRegisters s = cpu.System;
        var state = new StructureBuilder().U32(version).U32(bytes);
        foreach (ulong register in (ReadOnlySpan<ulong>)[
            r.Rax, r.Rbx, r.Rcx, r.Rdx, r.Rsi, r.Rdi, r.Rsp, r.Rbp, r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15, r.Rip, r.Rflags])
        {
            state.U64(register);
        }
        foreach (Segment segment in (ReadOnlySpan<Segment>)[s.Cs, s.Ds, s.Es, s.Fs, s.Gs, s.Ss, s.Ldt, s.Tr])
        {
            state.U32(segment.Selector).U32(segment.Limit).U32(Attributes(segment)).U32(0).U64(segment.Base);
        }
        foreach (DescriptorTable table in (ReadOnlySpan<DescriptorTable>)[s.Gdt, s.Idt])
        {
            state.U32(0).U32(table.Limit).U32(0).U32(0).U64(table.Base);
        }
        return state.U64(s.Cr0).U64(0).U64(s.Cr2).U64(s.Cr3).U64(s.Cr4).U64(cpu.KernelGsBase).ToArray();
    }

    /// <summary>The second half of the descriptor, without base and limit.</summary>
    private static uint Attributes(in Segment segment)
    {
        uint Bit(SegmentBits flag, int bit, in Segment of) => (of.Flags & flag) != 0 ? 1u << bit : 0;
        return ((uint)segment.Type << 8) | ((uint)segment.Dpl << 13) | Bit(SegmentBits.CodeOrData, 12, segment) | Bit(SegmentBits.Present, 15, segment)
            | Bit(SegmentBits.Available, 20, segment) | Bit(SegmentBits.Long, 21, segment) | Bit(SegmentBits.Default32, 22, segment)
            | Bit(SegmentBits.Granular, 23, segment);
    }
}
