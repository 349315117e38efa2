using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>Moves registers between a stopped vCPU and the debugger's view of it.</summary>
internal sealed class DebugRegisterFile(IGuestMemory memory)
{
    private const uint KernelGsBase = 0xc0000102;

    /// <summary>Fills the named groups.</summary>
    public static void Read(VcpuThread vcpu, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.General) != 0)
        {
            ReadGeneral(vcpu.Snapshot.General, registers);
        }
        if ((groups & RegisterGroups.System) != 0)
        {
            ReadSystem(vcpu.Snapshot.System, registers);
        }
        if ((groups & (RegisterGroups.System | RegisterGroups.FloatingPoint)) != 0)
        {
            vcpu.Execute(cpu => ReadRest(cpu, groups, registers));
        }
    }

    /// <summary>Fills the named groups from a vCPU on whose thread this is called.</summary>
    public static void ReadLive(
        IVcpu cpu, in (GeneralRegisters General, SystemRegisters System) at, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.General) != 0)
        {
            ReadGeneral(at.General, registers);
        }
        if ((groups & RegisterGroups.System) != 0)
        {
            ReadSystem(at.System, registers);
        }
        ReadRest(cpu, groups, registers);
    }

    /// <summary>Takes over the named groups; false with an error in words, and nothing changed.</summary>
    public bool TryWrite(VcpuThread vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        GeneralRegisters general = vcpu.Snapshot.General;
        SystemRegisters system = vcpu.Snapshot.System;
        if ((groups & RegisterGroups.General) != 0)
        {
            WriteGeneral(registers, ref general);
        }
        if ((groups & RegisterGroups.System) != 0 && !TryWriteSystem(registers, general, ref system, out error))
        {
            return false;
        }
        string? refused = null;
        vcpu.Execute(cpu => refused = Apply(cpu, groups, registers, general, system));
        vcpu.Execute(_ => vcpu.RegistersWritten());
        error = refused;
        return error is null;
    }

    private static string? Apply(IVcpu cpu, RegisterGroups groups, RegisterFile registers, in GeneralRegisters general, in SystemRegisters system)
    {
        Span<byte> before = stackalloc byte[FxsaveImage.Size];
        cpu.GetFxsave(before);
        if ((groups & RegisterGroups.FloatingPoint) != 0)
        {
            Span<byte> image = stackalloc byte[FxsaveImage.Size];
            before.CopyTo(image);
            FxsaveImage.Write(registers, image);
            if (!cpu.TrySetFxsave(image))
            {
                return $"the processor does not take these x87/SSE registers (mxcsr {registers.Mxcsr:x}h has reserved bits set?)";
            }
        }
        if ((groups & RegisterGroups.System) != 0 && ApplySystem(cpu, registers, system) is { } refusal)
        {
            cpu.TrySetFxsave(before);
            return refusal;
        }
        if ((groups & RegisterGroups.General) != 0)
        {
            cpu.SetGeneral(general);
        }
        return null;
    }

    private static string? ApplySystem(IVcpu cpu, RegisterFile registers, in SystemRegisters system)
    {
        cpu.GetSystem(out SystemRegisters before);
        if (!cpu.TrySetSystem(system))
        {
            return "the processor does not take this combination of control and segment registers";
        }
        if (!cpu.TrySetMsr(KernelGsBase, registers.KernelGsBase))
        {
            cpu.TrySetSystem(before);
            return "k_gs_base must be a canonical address";
        }
        return null;
    }

    private static void ReadRest(IVcpu cpu, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.System) != 0)
        {
            registers.KernelGsBase = cpu.TryGetMsr(KernelGsBase, out ulong value) ? value : 0;
        }
        if ((groups & RegisterGroups.FloatingPoint) != 0)
        {
            Span<byte> image = stackalloc byte[FxsaveImage.Size];
            cpu.GetFxsave(image);
            FxsaveImage.Read(image, registers);
        }
    }

    private static void ReadGeneral(in GeneralRegisters from, RegisterFile to)
    {
        ReadOnlySpan<ulong> general =
        [
            from.Rax, from.Rbx, from.Rcx, from.Rdx, from.Rsi, from.Rdi, from.Rbp, from.Rsp,
            from.R8, from.R9, from.R10, from.R11, from.R12, from.R13, from.R14, from.R15,
        ];
        general.CopyTo(to.General);
        to.Rip = from.Rip;
        to.Rflags = from.Rflags;
    }

    private static void WriteGeneral(RegisterFile from, ref GeneralRegisters to)
    {
        ulong[] general = from.General;
        (to.Rax, to.Rbx, to.Rcx, to.Rdx) = (general[0], general[1], general[2], general[3]);
        (to.Rsi, to.Rdi, to.Rbp, to.Rsp) = (general[4], general[5], general[6], general[7]);
        (to.R8, to.R9, to.R10, to.R11) = (general[8], general[9], general[10], general[11]);
        (to.R12, to.R13, to.R14, to.R15) = (general[12], general[13], general[14], general[15]);
        to.Rip = from.Rip;
        to.Rflags = from.Rflags | ControlBits.RflagsFixed;
    }

    private static void ReadSystem(in SystemRegisters from, RegisterFile to)
    {
        ReadOnlySpan<ushort> selectors =
            [from.Cs.Selector, from.Ss.Selector, from.Ds.Selector, from.Es.Selector, from.Fs.Selector, from.Gs.Selector];
        selectors.CopyTo(to.Selectors);
        (to.FsBase, to.GsBase) = (from.Fs.Base, from.Gs.Base);
        (to.Cr0, to.Cr2, to.Cr3, to.Cr4, to.Cr8, to.Efer) = (from.Cr0, from.Cr2, from.Cr3, from.Cr4, from.Cr8, from.Efer);
    }

    private bool TryWriteSystem(RegisterFile from, in GeneralRegisters general, ref SystemRegisters to, out string? error)
    {
        (to.Cr0, to.Cr2, to.Cr3, to.Cr4, to.Cr8, to.Efer) = (from.Cr0, from.Cr2, from.Cr3, from.Cr4, from.Cr8, from.Efer);
        if (!TryWriteSelector(from.Selectors[0], general, to, ref to.Cs, out error)
            || !TryWriteSelector(from.Selectors[1], general, to, ref to.Ss, out error)
            || !TryWriteSelector(from.Selectors[2], general, to, ref to.Ds, out error)
            || !TryWriteSelector(from.Selectors[3], general, to, ref to.Es, out error))
        {
            return false;
        }
        (ulong fsBase, ulong gsBase) = (to.Fs.Base, to.Gs.Base);
        if (!TryWriteSelector(from.Selectors[4], general, to, ref to.Fs, out error)
            || !TryWriteSelector(from.Selectors[5], general, to, ref to.Gs, out error))
        {
            return false;
        }
        to.Fs = from.FsBase != fsBase ? to.Fs with { Base = from.FsBase } : to.Fs;
        to.Gs = from.GsBase != gsBase ? to.Gs with { Base = from.GsBase } : to.Gs;
        return true;
    }

    private bool TryWriteSelector(ushort selector, in GeneralRegisters general, SystemRegisters system, ref Segment segment, out string? error)
    {
        error = null;
        if (selector == segment.Selector)
        {
            return true;
        }
        if (!SegmentLoader.TryLoad(memory, general, system, selector, segment, out Segment loaded, out error))
        {
            return false;
        }
        segment = loaded;
        return true;
    }
}
