using OsDevHv.Devices;

namespace OsDevHv.Machine.Engine;

/// <summary>Saves and restores registers.</summary>
internal static class RegisterState
{
    /// <summary>Saves or restores the general registers.</summary>
    public static void Exchange(StateExchange state, ref GeneralRegisters r)
    {
        (r.Rax, r.Rbx, r.Rcx, r.Rdx) = (state.Of(r.Rax), state.Of(r.Rbx), state.Of(r.Rcx), state.Of(r.Rdx));
        (r.Rsi, r.Rdi, r.Rsp, r.Rbp) = (state.Of(r.Rsi), state.Of(r.Rdi), state.Of(r.Rsp), state.Of(r.Rbp));
        (r.R8, r.R9, r.R10, r.R11) = (state.Of(r.R8), state.Of(r.R9), state.Of(r.R10), state.Of(r.R11));
        (r.R12, r.R13, r.R14, r.R15) = (state.Of(r.R12), state.Of(r.R13), state.Of(r.R14), state.Of(r.R15));
        (r.Rip, r.Rflags) = (state.Of(r.Rip), state.Of(r.Rflags));
    }

    /// <summary>Saves or restores the system registers.</summary>
    public static void Exchange(StateExchange state, ref SystemRegisters r)
    {
        r.Cs = Of(state, r.Cs);
        r.Ss = Of(state, r.Ss);
        r.Ds = Of(state, r.Ds);
        r.Es = Of(state, r.Es);
        r.Fs = Of(state, r.Fs);
        r.Gs = Of(state, r.Gs);
        r.Tr = Of(state, r.Tr);
        r.Ldt = Of(state, r.Ldt);
        r.Gdt = new DescriptorTable(state.Of(r.Gdt.Base), state.Of(r.Gdt.Limit));
        r.Idt = new DescriptorTable(state.Of(r.Idt.Base), state.Of(r.Idt.Limit));
        (r.Cr0, r.Cr2, r.Cr3, r.Cr4, r.Cr8) = (state.Of(r.Cr0), state.Of(r.Cr2), state.Of(r.Cr3), state.Of(r.Cr4), state.Of(r.Cr8));
        (r.Efer, r.ApicBase) = (state.Of(r.Efer), state.Of(r.ApicBase));
    }

    private static Segment Of(StateExchange state, in Segment s) => new(
        state.Of(s.Base), state.Of(s.Limit), state.Of(s.Selector), state.Of(s.Type), state.Of(s.Dpl), (SegmentBits)state.Of((int)s.Flags));
}
