using OsDevHv.Devices;
using OsDevHv.Gdb;
using OsDevHv.Machine.Engine;
using OsDevHv.Machine.RunControl;

namespace OsDevHv.Machine.Debug;

/// <summary>Moves registers between a stopped vCPU and the debugger's view of it. One thread at a time.</summary>
internal sealed class DebugRegisterFile(IGuestMemory memory, MsrFile msrs)
{
    /// <summary>
    /// Whether the instruction pointer is shown with the base of CS added: so that a debugger that knows no segments finds its code and its
    /// breakpoints. Any thread.
    /// </summary>
    public bool LinearPc { get; set; } = true;

    /// <summary>Fills the named groups.</summary>
    public void Read(VcpuThread vcpu, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.General) != 0)
        {
            ReadGeneral(vcpu.Snapshot.General, vcpu.Snapshot.LinearPc, registers);
        }
        if ((groups & RegisterGroups.System) != 0)
        {
            SystemRegisterView.Read(vcpu.Snapshot.System, registers);
            registers.OffsetInCode = vcpu.Snapshot.General.Rip;
        }
        if ((groups & ~RegisterGroups.General) != 0)
        {
            vcpu.Execute(cpu => ReadRest(cpu, groups, registers));
        }
    }

    /// <summary>Fills the named groups from a vCPU on whose thread this is called.</summary>
    public void ReadLive(
        IVcpu cpu, in (GeneralRegisters General, SystemRegisters System) at, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.General) != 0)
        {
            ReadGeneral(at.General, CpuMode.LinearPc(at.General, at.System), registers);
        }
        if ((groups & RegisterGroups.System) != 0)
        {
            SystemRegisterView.Read(at.System, registers);
            registers.OffsetInCode = at.General.Rip;
        }
        if ((groups & ~RegisterGroups.General) != 0)
        {
            ReadRest(cpu, groups, registers);
        }
    }

    /// <summary>Takes over the named groups; false with an error in words, and nothing changed.</summary>
    public bool TryWrite(VcpuThread vcpu, RegisterGroups groups, RegisterFile registers, out string? error)
    {
        GeneralRegisters before = vcpu.Snapshot.General;
        GeneralRegisters general = before;
        SystemRegisters system = vcpu.Snapshot.System;
        if ((groups & RegisterGroups.System) != 0)
        {
            general.Rip = registers.OffsetInCode;
            if (!SystemRegisterView.TryWrite(new AddressContext(memory, before, system), registers, ref system, out error)
                || (error = RegisterRules.RefuseGeneral(before, general, system)) is not null)
            {
                return false;
            }
        }
        if ((groups & RegisterGroups.General) != 0 && !TryWriteGeneral(registers, vcpu.Snapshot, system, ref general, out error))
        {
            return false;
        }
        string? refused = null;
        vcpu.Execute(cpu => refused = Apply(cpu, groups, registers, general, system));
        vcpu.Execute(_ => vcpu.RegistersWritten());
        error = refused;
        return error is null;
    }

    private string? Apply(IVcpu cpu, RegisterGroups groups, RegisterFile registers, in GeneralRegisters general, in SystemRegisters system)
    {
        Span<byte> before = stackalloc byte[FxsaveImage.Size];
        if ((groups & RegisterGroups.FloatingPoint) != 0)
        {
            cpu.GetFxsave(before);
            Span<byte> image = stackalloc byte[FxsaveImage.Size];
            before.CopyTo(image);
            FxsaveImage.Write(registers, image);
            if (!cpu.TrySetFxsave(image))
            {
                return $"the processor does not take these x87/SSE registers (mxcsr {registers.Mxcsr:x}h has reserved bits set?)";
            }
        }
        string? refusal = (groups & RegisterGroups.System) != 0 ? ApplySystem(cpu, registers, system) : null;
        refusal ??= (groups & RegisterGroups.Debug) != 0 ? ApplyDebug(cpu, registers) : null;
        refusal ??= (groups & RegisterGroups.Extended) != 0 ? XstateImage.TryWrite(cpu, registers) : null;
        refusal ??= (groups & RegisterGroups.Msrs) != 0 ? msrs.TryWriteNamed(cpu, registers) : null;
        refusal ??= (groups & RegisterGroups.MemoryTypes) != 0 ? MsrFile.TryWriteMemoryTypes(cpu, registers) : null;
        if (refusal is not null)
        {
            if ((groups & RegisterGroups.FloatingPoint) != 0)
            {
                cpu.TrySetFxsave(before);
            }
            return refusal;
        }
        if ((groups & (RegisterGroups.General | RegisterGroups.System)) != 0)
        {
            cpu.SetGeneral(general);
        }
        return null;
    }

    private static string? ApplySystem(IVcpu cpu, RegisterFile registers, in SystemRegisters system)
    {
        cpu.GetSystem(out SystemRegisters before);
        if (!RegisterRules.IsCanonical(system, registers.KernelGsBase))
        {
            return $"k_gs_base must be a canonical address, {registers.KernelGsBase:x}h is none";
        }
        if (!cpu.TrySetSystem(system))
        {
            return RegisterRules.NotTaken(before, system);
        }
        ulong present = cpu.TryGetMsr(MsrFile.KernelGsBase, out ulong value) ? value : 0;
        if (present != registers.KernelGsBase && !cpu.TrySetMsr(MsrFile.KernelGsBase, registers.KernelGsBase))
        {
            cpu.TrySetSystem(before);
            return "the processor does not take this k_gs_base";
        }
        return null;
    }

    private static string? ApplyDebug(IVcpu cpu, RegisterFile registers)
    {
        ulong[] values = registers.DebugRegisters;
        if (RegisterRules.RefuseDebug(values) is { } refusal)
        {
            return refusal;
        }
        cpu.SetDebugRegisters(new DebugRegisters(values[0], values[1], values[2], values[3], values[4], values[5]));
        return null;
    }

    private void ReadRest(IVcpu cpu, RegisterGroups groups, RegisterFile registers)
    {
        if ((groups & RegisterGroups.System) != 0)
        {
            registers.KernelGsBase = cpu.TryGetMsr(MsrFile.KernelGsBase, out ulong value) ? value : 0;
        }
        if ((groups & RegisterGroups.FloatingPoint) != 0)
        {
            Span<byte> image = stackalloc byte[FxsaveImage.Size];
            cpu.GetFxsave(image);
            FxsaveImage.Read(image, registers);
        }
        if ((groups & RegisterGroups.Debug) != 0)
        {
            cpu.GetDebugRegisters(out DebugRegisters debug);
            ReadOnlySpan<ulong> values = [debug.Dr0, debug.Dr1, debug.Dr2, debug.Dr3, debug.Dr6, debug.Dr7];
            values.CopyTo(registers.DebugRegisters);
        }
        if ((groups & RegisterGroups.Extended) != 0)
        {
            XstateImage.Read(cpu, registers);
        }
        if ((groups & RegisterGroups.Msrs) != 0)
        {
            msrs.ReadNamed(cpu, registers);
        }
        if ((groups & RegisterGroups.MemoryTypes) != 0)
        {
            MsrFile.ReadMemoryTypes(cpu, registers);
        }
    }

    private void ReadGeneral(in GeneralRegisters general, ulong linearPc, RegisterFile to)
    {
        ReadOnlySpan<ulong> values =
        [
            general.Rax, general.Rbx, general.Rcx, general.Rdx, general.Rsi, general.Rdi, general.Rbp, general.Rsp,
            general.R8, general.R9, general.R10, general.R11, general.R12, general.R13, general.R14, general.R15,
        ];
        values.CopyTo(to.General);
        to.Rip = LinearPc ? linearPc : general.Rip;
        to.Rflags = general.Rflags;
    }

    private ulong ShownPc(VcpuSnapshot of) => LinearPc ? of.LinearPc : of.General.Rip;

    private bool TryWriteGeneral(
        RegisterFile from, VcpuSnapshot before, in SystemRegisters system, ref GeneralRegisters to, out string? error)
    {
        ulong[] general = from.General;
        (to.Rax, to.Rbx, to.Rcx, to.Rdx) = (general[0], general[1], general[2], general[3]);
        (to.Rsi, to.Rdi, to.Rbp, to.Rsp) = (general[4], general[5], general[6], general[7]);
        (to.R8, to.R9, to.R10, to.R11) = (general[8], general[9], general[10], general[11]);
        (to.R12, to.R13, to.R14, to.R15) = (general[12], general[13], general[14], general[15]);
        to.Rflags = from.Rflags | ControlBits.RflagsFixed;
        if (from.Rip != ShownPc(before))
        {
            bool isLinear = LinearPc && !CpuMode.Is64Bit(system);
            ulong offset = isLinear ? unchecked(from.Rip - system.Cs.Base) : from.Rip;
            if (isLinear && offset > system.Cs.Limit)
            {
                error = $"{from.Rip:x}h is outside the code segment, which is from {system.Cs.Base:x}h to {system.Cs.Base + system.Cs.Limit:x}h: "
                    + "write cs first";
                return false;
            }
            to.Rip = offset;
        }
        error = RegisterRules.RefuseGeneral(before.General, to, system);
        return error is null;
    }
}
