namespace OsDevHv.Machine.Engine;

/// <summary>The processor's operating mode, derived from its registers (Intel SDM vol. 3A, 2.2).</summary>
public static class CpuMode
{
    /// <summary>CR0.PE.</summary>
    public static bool IsProtected(in SystemRegisters system) => (system.Cr0 & ControlBits.Cr0Pe) != 0;

    /// <summary>64-bit mode proper: EFER.LMA and CS.L.</summary>
    public static bool Is64Bit(in SystemRegisters system) =>
        (system.Efer & ControlBits.EferLma) != 0 && (system.Cs.Flags & SegmentBits.Long) != 0;

    /// <summary>Whether addresses are segment * 16 + offset: real or virtual-8086 mode.</summary>
    public static bool IsRealAddressing(in GeneralRegisters general, in SystemRegisters system) =>
        !IsProtected(system) || (general.Rflags & ControlBits.RflagsVm) != 0;

    /// <summary>Bits of the code being executed: 16, 32 or 64.</summary>
    public static int CodeBits(in SystemRegisters system) =>
        Is64Bit(system) ? 64 : (system.Cs.Flags & SegmentBits.Default32) != 0 ? 32 : 16;

    /// <summary>Current privilege level, 0 to 3.</summary>
    public static int Cpl(in GeneralRegisters general, in SystemRegisters system) =>
        !IsProtected(system) ? 0 : (general.Rflags & ControlBits.RflagsVm) != 0 ? 3 : system.Ss.Dpl;

    /// <summary>The linear address of the next instruction: CS base counts outside 64-bit mode, where addresses are 32 bits wide.</summary>
    public static ulong LinearPc(in GeneralRegisters general, in SystemRegisters system) =>
        Is64Bit(system) ? general.Rip : (uint)(system.Cs.Base + general.Rip);

    /// <summary>The linear address of the top of the stack.</summary>
    public static ulong LinearStack(in GeneralRegisters general, in SystemRegisters system) =>
        Is64Bit(system) ? general.Rsp
        : (uint)(system.Ss.Base + ((system.Ss.Flags & SegmentBits.Default32) != 0 ? (uint)general.Rsp : (ushort)general.Rsp));

    /// <summary>The mode in words: "real mode", "32-bit protected mode", "long mode"...</summary>
    public static string Describe(in GeneralRegisters general, in SystemRegisters system)
    {
        if (!IsProtected(system))
        {
            return "real mode";
        }
        if ((general.Rflags & ControlBits.RflagsVm) != 0)
        {
            return "virtual-8086 mode";
        }
        if ((system.Efer & ControlBits.EferLma) != 0)
        {
            return Is64Bit(system) ? "long mode" : "compatibility mode";
        }
        return CodeBits(system) == 32 ? "32-bit protected mode" : "16-bit protected mode";
    }
}
