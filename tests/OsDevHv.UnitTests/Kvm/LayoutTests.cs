using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using OsDevHv.Kvm.Abi;
using OsDevHv.Kvm.Native;
using Xunit;

namespace OsDevHv.Tests.Kvm;

/// <summary>Compares the binding's layouts and numbers with those that gcc finds in the system's headers.</summary>
public sealed class LayoutTests
{
    private static readonly string[] s_headers =
        ["linux/kvm.h", "fcntl.h", "signal.h", "stddef.h", "stdio.h", "errno.h", "sys/mman.h", "sys/syscall.h"];

    private readonly List<(string Expression, ulong Ours)> _facts = [];

    [Fact]
    public void Every_layout_offset_and_number_is_that_of_the_C_headers()
    {
        AddIoctls();
        AddRegisterStructures();
        AddEvents();
        AddMachineStructures();
        AddRunPage();
        AddConstants();
        AddLibc();

        var theirs = Compile(_facts.Select(fact => fact.Expression));

        Assert.Equal(_facts.Count, theirs.Length);
        var differences = _facts.Zip(theirs)
            .Where(pair => pair.First.Ours != pair.Second)
            .Select(pair => $"{pair.First.Expression} is {pair.Second:x}h in C and {pair.First.Ours:x}h here");
        Assert.Empty(differences);
        Assert.InRange(_facts.Count, 250, int.MaxValue);
    }

    private static ulong[] Compile(IEnumerable<string> expressions)
    {
        var directory = Directory.CreateTempSubdirectory("osdevhv-layout");
        try
        {
            var source = new StringBuilder("#define _GNU_SOURCE\n");
            foreach (var header in s_headers)
            {
                source.Append(CultureInfo.InvariantCulture, $"#include <{header}>\n");
            }

            source.Append("#define OFF(t, m) offsetof(struct t, m)\n#define FIELD(t, m) sizeof(((struct t *)0)->m)\nint main(void) {\n");
            foreach (var expression in expressions)
            {
                source.Append(CultureInfo.InvariantCulture, $"printf(\"%llu\\n\", (unsigned long long)({expression}));\n");
            }

            source.Append("return 0; }\n");
            var file = Path.Combine(directory.FullName, "layout.c");
            var program = Path.Combine(directory.FullName, "layout");
            File.WriteAllText(file, source.ToString());
            Execute("gcc", "-w", "-o", program, file);
            var lines = Execute(program).Split('\n', StringSplitOptions.RemoveEmptyEntries);
            return [.. lines.Select(line => ulong.Parse(line, CultureInfo.InvariantCulture))];
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Execute(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{program} failed: {errors.Result}");
        return output;
    }

    private static ulong Offset<TStruct, TField>(ref readonly TStruct structure, ref readonly TField field) =>
        (ulong)Unsafe.ByteOffset(
            ref Unsafe.As<TStruct, byte>(ref Unsafe.AsRef(in structure)),
            ref Unsafe.As<TField, byte>(ref Unsafe.AsRef(in field)));

    private void Add(string expression, ulong ours) => _facts.Add((expression, ours));

    private void Size<T>(string name) => Add($"sizeof(struct {name})", (ulong)Unsafe.SizeOf<T>());

    private void Field<TStruct, TField>(string name, string member, ref readonly TStruct structure, ref readonly TField field)
    {
        Add($"OFF({name}, {member})", Offset(in structure, in field));
        Add($"FIELD({name}, {member})", (ulong)Unsafe.SizeOf<TField>());
    }

    private void AddIoctls()
    {
        Add("KVM_GET_TSC_KHZ", KvmIoctls.GetTscKhz);
        Add("KVM_SET_DEVICE_ATTR", KvmIoctls.SetDeviceAttribute);
        Add("KVM_GET_DEVICE_ATTR", KvmIoctls.GetDeviceAttribute);
        Add("KVM_GET_API_VERSION", KvmIoctls.GetApiVersion);
        Add("KVM_CREATE_VM", KvmIoctls.CreateVm);
        Add("KVM_CHECK_EXTENSION", KvmIoctls.CheckExtension);
        Add("KVM_GET_VCPU_MMAP_SIZE", KvmIoctls.GetVcpuMmapSize);
        Add("KVM_GET_SUPPORTED_CPUID", KvmIoctls.GetSupportedCpuid);
        Add("KVM_CREATE_VCPU", KvmIoctls.CreateVcpu);
        Add("KVM_SET_USER_MEMORY_REGION", KvmIoctls.SetUserMemoryRegion);
        Add("KVM_SET_TSS_ADDR", KvmIoctls.SetTssAddress);
        Add("KVM_SET_IDENTITY_MAP_ADDR", KvmIoctls.SetIdentityMapAddress);
        Add("KVM_REGISTER_COALESCED_MMIO", KvmIoctls.RegisterCoalesced);
        Add("KVM_SET_CLOCK", KvmIoctls.SetClock);
        Add("KVM_GET_CLOCK", KvmIoctls.GetClock);
        Add("KVM_ENABLE_CAP", KvmIoctls.EnableCap);
        Add("KVM_X86_SET_MSR_FILTER", KvmIoctls.SetMsrFilter);
        Add("KVM_RUN", KvmIoctls.Run);
        Add("KVM_GET_REGS", KvmIoctls.GetRegs);
        Add("KVM_SET_REGS", KvmIoctls.SetRegs);
        Add("KVM_GET_SREGS", KvmIoctls.GetSregs);
        Add("KVM_SET_SREGS", KvmIoctls.SetSregs);
        Add("KVM_INTERRUPT", KvmIoctls.Interrupt);
        Add("KVM_GET_MSRS", KvmIoctls.GetMsrs);
        Add("KVM_SET_MSRS", KvmIoctls.SetMsrs);
        Add("KVM_SET_CPUID2", KvmIoctls.SetCpuid2);
        Add("KVM_NMI", KvmIoctls.Nmi);
        Add("KVM_SET_GUEST_DEBUG", KvmIoctls.SetGuestDebug);
        Add("KVM_GET_VCPU_EVENTS", KvmIoctls.GetVcpuEvents);
        Add("KVM_SET_VCPU_EVENTS", KvmIoctls.SetVcpuEvents);
        Add("KVM_GET_DEBUGREGS", KvmIoctls.GetDebugRegs);
        Add("KVM_SET_DEBUGREGS", KvmIoctls.SetDebugRegs);
        Add("KVM_GET_XSAVE", KvmIoctls.GetXsave);
        Add("KVM_SET_XSAVE", KvmIoctls.SetXsave);
        Add("KVM_SET_XCRS", KvmIoctls.SetXcrs);
    }

    private void AddRegisterStructures()
    {
        KvmRegs r = default;
        Size<KvmRegs>("kvm_regs");
        Field("kvm_regs", "rax", ref r, ref r.Rax);
        Field("kvm_regs", "rbx", ref r, ref r.Rbx);
        Field("kvm_regs", "rcx", ref r, ref r.Rcx);
        Field("kvm_regs", "rdx", ref r, ref r.Rdx);
        Field("kvm_regs", "rsi", ref r, ref r.Rsi);
        Field("kvm_regs", "rdi", ref r, ref r.Rdi);
        Field("kvm_regs", "rsp", ref r, ref r.Rsp);
        Field("kvm_regs", "rbp", ref r, ref r.Rbp);
        Field("kvm_regs", "r8", ref r, ref r.R8);
        Field("kvm_regs", "r9", ref r, ref r.R9);
        Field("kvm_regs", "r10", ref r, ref r.R10);
        Field("kvm_regs", "r11", ref r, ref r.R11);
        Field("kvm_regs", "r12", ref r, ref r.R12);
        Field("kvm_regs", "r13", ref r, ref r.R13);
        Field("kvm_regs", "r14", ref r, ref r.R14);
        Field("kvm_regs", "r15", ref r, ref r.R15);
        Field("kvm_regs", "rip", ref r, ref r.Rip);
        Field("kvm_regs", "rflags", ref r, ref r.Rflags);

        KvmSegment g = default;
        Size<KvmSegment>("kvm_segment");
        Field("kvm_segment", "base", ref g, ref g.Base);
        Field("kvm_segment", "limit", ref g, ref g.Limit);
        Field("kvm_segment", "selector", ref g, ref g.Selector);
        Field("kvm_segment", "type", ref g, ref g.Type);
        Field("kvm_segment", "present", ref g, ref g.Present);
        Field("kvm_segment", "dpl", ref g, ref g.Dpl);
        Field("kvm_segment", "db", ref g, ref g.Db);
        Field("kvm_segment", "s", ref g, ref g.S);
        Field("kvm_segment", "l", ref g, ref g.L);
        Field("kvm_segment", "g", ref g, ref g.G);
        Field("kvm_segment", "avl", ref g, ref g.Avl);
        Field("kvm_segment", "unusable", ref g, ref g.Unusable);
        Field("kvm_segment", "padding", ref g, ref g.Padding);

        KvmDtable t = default;
        Size<KvmDtable>("kvm_dtable");
        Field("kvm_dtable", "base", ref t, ref t.Base);
        Field("kvm_dtable", "limit", ref t, ref t.Limit);
        Field("kvm_dtable", "padding", ref t, ref t.Padding);

        KvmSregs s = default;
        Size<KvmSregs>("kvm_sregs");
        Field("kvm_sregs", "cs", ref s, ref s.Cs);
        Field("kvm_sregs", "ds", ref s, ref s.Ds);
        Field("kvm_sregs", "es", ref s, ref s.Es);
        Field("kvm_sregs", "fs", ref s, ref s.Fs);
        Field("kvm_sregs", "gs", ref s, ref s.Gs);
        Field("kvm_sregs", "ss", ref s, ref s.Ss);
        Field("kvm_sregs", "tr", ref s, ref s.Tr);
        Field("kvm_sregs", "ldt", ref s, ref s.Ldt);
        Field("kvm_sregs", "gdt", ref s, ref s.Gdt);
        Field("kvm_sregs", "idt", ref s, ref s.Idt);
        Field("kvm_sregs", "cr0", ref s, ref s.Cr0);
        Field("kvm_sregs", "cr2", ref s, ref s.Cr2);
        Field("kvm_sregs", "cr3", ref s, ref s.Cr3);
        Field("kvm_sregs", "cr4", ref s, ref s.Cr4);
        Field("kvm_sregs", "cr8", ref s, ref s.Cr8);
        Field("kvm_sregs", "efer", ref s, ref s.Efer);
        Field("kvm_sregs", "apic_base", ref s, ref s.ApicBase);
        Field("kvm_sregs", "interrupt_bitmap", ref s, ref s.InterruptBitmap);

        KvmDebugRegs d = default;
        Size<KvmDebugRegs>("kvm_debugregs");
        Field("kvm_debugregs", "db[0]", ref d, ref d.Db0);
        Field("kvm_debugregs", "db[1]", ref d, ref d.Db1);
        Field("kvm_debugregs", "db[2]", ref d, ref d.Db2);
        Field("kvm_debugregs", "db[3]", ref d, ref d.Db3);
        Field("kvm_debugregs", "dr6", ref d, ref d.Dr6);
        Field("kvm_debugregs", "dr7", ref d, ref d.Dr7);
        Field("kvm_debugregs", "flags", ref d, ref d.Flags);
        Field("kvm_debugregs", "reserved", ref d, ref d.Reserved);

        KvmGuestDebug b = default;
        Size<KvmGuestDebug>("kvm_guest_debug");
        Field("kvm_guest_debug", "control", ref b, ref b.Control);
        Field("kvm_guest_debug", "pad", ref b, ref b.Padding);
        Field("kvm_guest_debug", "arch.debugreg", ref b, ref b.Registers);

        KvmMsrEntry e = default;
        Size<KvmMsrEntry>("kvm_msr_entry");
        Field("kvm_msr_entry", "index", ref e, ref e.Index);
        Field("kvm_msr_entry", "reserved", ref e, ref e.Reserved);
        Field("kvm_msr_entry", "data", ref e, ref e.Data);

        KvmMsrs1 m = default;
        Size<KvmMsrs>("kvm_msrs");
        Field("kvm_msrs", "nmsrs", ref m.Head, ref m.Head.Count);
        Add("OFF(kvm_msrs, entries)", Offset(ref m, ref m.Entry));

        KvmXcrs x = default;
        Size<KvmXcrs>("kvm_xcrs");
        Size<KvmXcr>("kvm_xcr");
        Field("kvm_xcrs", "nr_xcrs", ref x, ref x.Count);
        Field("kvm_xcrs", "flags", ref x, ref x.Flags);
        Field("kvm_xcrs", "xcrs", ref x, ref x.Registers);
        Field("kvm_xcrs", "padding", ref x, ref x.Padding);
        KvmXcr c = default;
        Field("kvm_xcr", "xcr", ref c, ref c.Index);
        Field("kvm_xcr", "reserved", ref c, ref c.Reserved);
        Field("kvm_xcr", "value", ref c, ref c.Value);

        Size<KvmXsave>("kvm_xsave");
    }

    private void AddEvents()
    {
        KvmVcpuEvents v = default;
        Size<KvmVcpuEvents>("kvm_vcpu_events");
        Field("kvm_vcpu_events", "exception.injected", ref v, ref v.ExceptionInjected);
        Field("kvm_vcpu_events", "exception.nr", ref v, ref v.ExceptionNumber);
        Field("kvm_vcpu_events", "exception.has_error_code", ref v, ref v.ExceptionHasErrorCode);
        Field("kvm_vcpu_events", "exception.pending", ref v, ref v.ExceptionPending);
        Field("kvm_vcpu_events", "exception.error_code", ref v, ref v.ExceptionErrorCode);
        Field("kvm_vcpu_events", "interrupt.injected", ref v, ref v.InterruptInjected);
        Field("kvm_vcpu_events", "interrupt.nr", ref v, ref v.InterruptNumber);
        Field("kvm_vcpu_events", "interrupt.soft", ref v, ref v.InterruptSoft);
        Field("kvm_vcpu_events", "interrupt.shadow", ref v, ref v.InterruptShadow);
        Field("kvm_vcpu_events", "nmi.injected", ref v, ref v.NmiInjected);
        Field("kvm_vcpu_events", "nmi.pending", ref v, ref v.NmiPending);
        Field("kvm_vcpu_events", "nmi.masked", ref v, ref v.NmiMasked);
        Field("kvm_vcpu_events", "nmi.pad", ref v, ref v.NmiPadding);
        Field("kvm_vcpu_events", "sipi_vector", ref v, ref v.SipiVector);
        Field("kvm_vcpu_events", "flags", ref v, ref v.Flags);
        Field("kvm_vcpu_events", "smi.smm", ref v, ref v.Smm);
        Field("kvm_vcpu_events", "smi.pending", ref v, ref v.SmiPending);
        Field("kvm_vcpu_events", "smi.smm_inside_nmi", ref v, ref v.SmmInsideNmi);
        Field("kvm_vcpu_events", "smi.latched_init", ref v, ref v.SmiLatchedInit);
        Field("kvm_vcpu_events", "triple_fault.pending", ref v, ref v.TripleFaultPending);
        Field("kvm_vcpu_events", "reserved", ref v, ref v.Reserved);
        Field("kvm_vcpu_events", "exception_has_payload", ref v, ref v.ExceptionHasPayload);
        Field("kvm_vcpu_events", "exception_payload", ref v, ref v.ExceptionPayload);
        Add("KVM_VCPUEVENT_VALID_NMI_PENDING", (ulong)KvmVcpuEventParts.NmiPending);
        Add("KVM_VCPUEVENT_VALID_SIPI_VECTOR", (ulong)KvmVcpuEventParts.SipiVector);
        Add("KVM_VCPUEVENT_VALID_SHADOW", (ulong)KvmVcpuEventParts.Shadow);
        Add("KVM_VCPUEVENT_VALID_SMM", (ulong)KvmVcpuEventParts.Smm);
        Add("KVM_VCPUEVENT_VALID_PAYLOAD", (ulong)KvmVcpuEventParts.Payload);
        Add("KVM_VCPUEVENT_VALID_TRIPLE_FAULT", (ulong)KvmVcpuEventParts.TripleFault);
    }

    private void AddMachineStructures()
    {
        KvmUserspaceMemoryRegion r = default;
        Size<KvmUserspaceMemoryRegion>("kvm_userspace_memory_region");
        Field("kvm_userspace_memory_region", "slot", ref r, ref r.Slot);
        Field("kvm_userspace_memory_region", "flags", ref r, ref r.Flags);
        Field("kvm_userspace_memory_region", "guest_phys_addr", ref r, ref r.GuestPhysicalAddress);
        Field("kvm_userspace_memory_region", "memory_size", ref r, ref r.MemorySize);
        Field("kvm_userspace_memory_region", "userspace_addr", ref r, ref r.UserspaceAddress);
        Add("KVM_MEM_READONLY", KvmUserspaceMemoryRegion.ReadOnly);

        KvmEnableCap c = default;
        Size<KvmEnableCap>("kvm_enable_cap");
        Field("kvm_enable_cap", "cap", ref c, ref c.Capability);
        Field("kvm_enable_cap", "flags", ref c, ref c.Flags);
        Field("kvm_enable_cap", "args[0]", ref c, ref c.Argument0);
        Field("kvm_enable_cap", "args[3]", ref c, ref c.Argument3);
        Field("kvm_enable_cap", "pad", ref c, ref c.Padding);

        KvmClockData t = default;
        Size<KvmClockData>("kvm_clock_data");
        Field("kvm_clock_data", "clock", ref t, ref t.Clock);
        Field("kvm_clock_data", "flags", ref t, ref t.Flags);

        KvmInterrupt i = default;
        Size<KvmInterrupt>("kvm_interrupt");
        Field("kvm_interrupt", "irq", ref i, ref i.Irq);

        KvmCpuidEntry e = default;
        Size<KvmCpuid2>("kvm_cpuid2");
        Size<KvmCpuidEntry>("kvm_cpuid_entry2");
        Field("kvm_cpuid_entry2", "function", ref e, ref e.Function);
        Field("kvm_cpuid_entry2", "index", ref e, ref e.Index);
        Field("kvm_cpuid_entry2", "flags", ref e, ref e.Flags);
        Field("kvm_cpuid_entry2", "eax", ref e, ref e.Eax);
        Field("kvm_cpuid_entry2", "ebx", ref e, ref e.Ebx);
        Field("kvm_cpuid_entry2", "ecx", ref e, ref e.Ecx);
        Field("kvm_cpuid_entry2", "edx", ref e, ref e.Edx);
        Field("kvm_cpuid_entry2", "padding", ref e, ref e.Padding);
        Add("KVM_CPUID_FLAG_SIGNIFCANT_INDEX", (ulong)KvmCpuidAttributes.SignificantIndex);

        KvmDeviceAttribute attribute = default;
        Size<KvmDeviceAttribute>("kvm_device_attr");
        Field("kvm_device_attr", "group", ref attribute, ref attribute.Group);
        Field("kvm_device_attr", "attr", ref attribute, ref attribute.Attribute);
        Field("kvm_device_attr", "addr", ref attribute, ref attribute.Address);
        Add("KVM_VCPU_TSC_CTRL", KvmDeviceAttribute.TscControl);
        Add("KVM_VCPU_TSC_OFFSET", KvmDeviceAttribute.TscOffset);

        KvmCoalescedWrite write = default;
        Size<KvmCoalescedWrite>("kvm_coalesced_mmio");
        Field("kvm_coalesced_mmio", "phys_addr", ref write, ref write.Address);
        Field("kvm_coalesced_mmio", "len", ref write, ref write.Length);
        Field("kvm_coalesced_mmio", "pio", ref write, ref write.IsPort);
        Field("kvm_coalesced_mmio", "data", ref write, ref write.Data);

        KvmCoalescedZone z = default;
        Size<KvmCoalescedZone>("kvm_coalesced_mmio_zone");
        Field("kvm_coalesced_mmio_zone", "addr", ref z, ref z.Address);
        Field("kvm_coalesced_mmio_zone", "size", ref z, ref z.Size);
        Field("kvm_coalesced_mmio_zone", "pio", ref z, ref z.IsPort);
        KvmCoalescedRing g = default;
        Size<KvmCoalescedRing>("kvm_coalesced_mmio_ring");
        Field("kvm_coalesced_mmio_ring", "first", ref g, ref g.First);
        Field("kvm_coalesced_mmio_ring", "last", ref g, ref g.Last);
        Add(
            "(4096 - sizeof(struct kvm_coalesced_mmio_ring)) / sizeof(struct kvm_coalesced_mmio)",
            OsDevHv.Kvm.KvmCoalescedWrites.Capacity);

        KvmMsrFilter f = default;
        Size<KvmMsrFilter>("kvm_msr_filter");
        Size<KvmMsrFilterRange>("kvm_msr_filter_range");
        Field("kvm_msr_filter", "flags", ref f, ref f.Flags);
        Field("kvm_msr_filter", "ranges", ref f, ref f.Ranges);
        KvmMsrFilterRange a = default;
        Field("kvm_msr_filter_range", "flags", ref a, ref a.Flags);
        Field("kvm_msr_filter_range", "nmsrs", ref a, ref a.Count);
        Field("kvm_msr_filter_range", "base", ref a, ref a.Base);
        Add("KVM_MSR_FILTER_MAX_RANGES", 16);
        Add("KVM_MSR_FILTER_READ | KVM_MSR_FILTER_WRITE", 3);
        Add("KVM_MSR_FILTER_MAX_BITMAP_SIZE * 8", 12_288);
        Add("KVM_MSR_FILTER_DEFAULT_ALLOW", 0);
        Add("KVM_MSR_EXIT_REASON_INVAL", (ulong)KvmMsrExits.Invalid);
        Add("KVM_MSR_EXIT_REASON_UNKNOWN", (ulong)KvmMsrExits.Unknown);
        Add("KVM_MSR_EXIT_REASON_FILTER", (ulong)KvmMsrExits.Filtered);
    }

    private void AddRunPage()
    {
        KvmRun r = default;
        Add("OFF(kvm_run, s) + sizeof(((struct kvm_run *)0)->s)", (ulong)Unsafe.SizeOf<KvmRun>());
        Field("kvm_run", "request_interrupt_window", ref r, ref r.RequestInterruptWindow);
        Field("kvm_run", "immediate_exit", ref r, ref r.ImmediateExit);
        Field("kvm_run", "exit_reason", ref r, ref r.ExitReason);
        Field("kvm_run", "ready_for_interrupt_injection", ref r, ref r.ReadyForInterruptInjection);
        Field("kvm_run", "if_flag", ref r, ref r.IfFlag);
        Field("kvm_run", "cr8", ref r, ref r.Cr8);
        Field("kvm_run", "hw.hardware_exit_reason", ref r, ref r.HardwareExitReason);
        Field("kvm_run", "fail_entry.hardware_entry_failure_reason", ref r, ref r.HardwareEntryFailureReason);
        Field("kvm_run", "io.direction", ref r, ref r.Io.Direction);
        Field("kvm_run", "io.size", ref r, ref r.Io.Size);
        Field("kvm_run", "io.port", ref r, ref r.Io.Port);
        Field("kvm_run", "io.count", ref r, ref r.Io.Count);
        Field("kvm_run", "io.data_offset", ref r, ref r.Io.DataOffset);
        Field("kvm_run", "debug.arch.exception", ref r, ref r.Debug.Exception);
        Field("kvm_run", "debug.arch.pc", ref r, ref r.Debug.Pc);
        Field("kvm_run", "debug.arch.dr6", ref r, ref r.Debug.Dr6);
        Field("kvm_run", "debug.arch.dr7", ref r, ref r.Debug.Dr7);
        Field("kvm_run", "mmio.phys_addr", ref r, ref r.Mmio.PhysicalAddress);
        Field("kvm_run", "mmio.data", ref r, ref r.Mmio.Data);
        Field("kvm_run", "mmio.len", ref r, ref r.Mmio.Length);
        Field("kvm_run", "mmio.is_write", ref r, ref r.Mmio.IsWrite);
        Field("kvm_run", "msr.error", ref r, ref r.Msr.Error);
        Field("kvm_run", "msr.reason", ref r, ref r.Msr.Reason);
        Field("kvm_run", "msr.index", ref r, ref r.Msr.Index);
        Field("kvm_run", "msr.data", ref r, ref r.Msr.Data);
        Field("kvm_run", "internal.suberror", ref r, ref r.Internal.Suberror);
        Field("kvm_run", "internal.ndata", ref r, ref r.Internal.DataCount);
        Field("kvm_run", "emulation_failure.flags", ref r, ref r.EmulationFailure.Flags);
        Field("kvm_run", "emulation_failure.insn_size", ref r, ref r.EmulationFailure.InstructionSize);
        Field("kvm_run", "emulation_failure.insn_bytes", ref r, ref r.EmulationFailure.Instruction);
        Field("kvm_run", "kvm_valid_regs", ref r, ref r.ValidRegisters);
        Field("kvm_run", "kvm_dirty_regs", ref r, ref r.DirtyRegisters);
        Field("kvm_run", "s.regs.regs", ref r, ref r.Regs);
        Field("kvm_run", "s.regs.sregs", ref r, ref r.Sregs);
        Add("KVM_SYNC_X86_REGS", (ulong)KvmSyncSets.Regs);
        Add("KVM_SYNC_X86_SREGS", (ulong)KvmSyncSets.Sregs);
        Add("KVM_INTERNAL_ERROR_EMULATION", KvmInternalError.Emulation);
        Add("KVM_INTERNAL_ERROR_EMULATION_FLAG_INSTRUCTION_BYTES", KvmEmulationFailure.HasInstructionBytes);
    }

    private void AddConstants()
    {
        Add("KVM_EXIT_UNKNOWN", (ulong)KvmExitReason.Unknown);
        Add("KVM_EXIT_EXCEPTION", (ulong)KvmExitReason.Exception);
        Add("KVM_EXIT_IO", (ulong)KvmExitReason.Io);
        Add("KVM_EXIT_HYPERCALL", (ulong)KvmExitReason.Hypercall);
        Add("KVM_EXIT_DEBUG", (ulong)KvmExitReason.Debug);
        Add("KVM_EXIT_HLT", (ulong)KvmExitReason.Halt);
        Add("KVM_EXIT_MMIO", (ulong)KvmExitReason.Mmio);
        Add("KVM_EXIT_IRQ_WINDOW_OPEN", (ulong)KvmExitReason.InterruptWindowOpen);
        Add("KVM_EXIT_SHUTDOWN", (ulong)KvmExitReason.Shutdown);
        Add("KVM_EXIT_FAIL_ENTRY", (ulong)KvmExitReason.FailEntry);
        Add("KVM_EXIT_INTR", (ulong)KvmExitReason.Interrupted);
        Add("KVM_EXIT_SET_TPR", (ulong)KvmExitReason.SetTpr);
        Add("KVM_EXIT_INTERNAL_ERROR", (ulong)KvmExitReason.InternalError);
        Add("KVM_EXIT_SYSTEM_EVENT", (ulong)KvmExitReason.SystemEvent);
        Add("KVM_EXIT_X86_RDMSR", (ulong)KvmExitReason.ReadMsr);
        Add("KVM_EXIT_X86_WRMSR", (ulong)KvmExitReason.WriteMsr);
        Add("KVM_EXIT_IO_IN", 0);
        Add("KVM_EXIT_IO_OUT", 1);
        Add("KVM_GUESTDBG_ENABLE", (ulong)KvmGuestDebugControl.Enable);
        Add("KVM_GUESTDBG_SINGLESTEP", (ulong)KvmGuestDebugControl.SingleStep);
        Add("KVM_GUESTDBG_USE_SW_BP", (ulong)KvmGuestDebugControl.SoftwareBreakpoints);
        Add("KVM_GUESTDBG_USE_HW_BP", (ulong)KvmGuestDebugControl.HardwareBreakpoints);
        Add("KVM_GUESTDBG_INJECT_DB", (ulong)KvmGuestDebugControl.InjectDebugException);
        Add("KVM_GUESTDBG_INJECT_BP", (ulong)KvmGuestDebugControl.InjectBreakpoint);
        Add("KVM_CAP_USER_MEMORY", (ulong)KvmCapability.UserMemory);
        Add("KVM_CAP_SET_TSS_ADDR", (ulong)KvmCapability.SetTssAddress);
        Add("KVM_CAP_EXT_CPUID", (ulong)KvmCapability.ExtendedCpuid);
        Add("KVM_CAP_NR_MEMSLOTS", (ulong)KvmCapability.MemorySlots);
        Add("KVM_CAP_COALESCED_MMIO", (ulong)KvmCapability.CoalescedMmio);
        Add("KVM_CAP_USER_NMI", (ulong)KvmCapability.UserNmi);
        Add("KVM_CAP_SET_GUEST_DEBUG", (ulong)KvmCapability.SetGuestDebug);
        Add("KVM_CAP_ADJUST_CLOCK", (ulong)KvmCapability.AdjustClock);
        Add("KVM_CAP_VCPU_EVENTS", (ulong)KvmCapability.VcpuEvents);
        Add("KVM_CAP_DEBUGREGS", (ulong)KvmCapability.DebugRegisters);
        Add("KVM_CAP_XSAVE", (ulong)KvmCapability.Xsave);
        Add("KVM_CAP_XCRS", (ulong)KvmCapability.Xcrs);
        Add("KVM_CAP_MAX_VCPUS", (ulong)KvmCapability.MaximumVcpus);
        Add("KVM_CAP_SYNC_REGS", (ulong)KvmCapability.SyncRegisters);
        Add("KVM_CAP_READONLY_MEM", (ulong)KvmCapability.ReadOnlyMemory);
        Add("KVM_CAP_IMMEDIATE_EXIT", (ulong)KvmCapability.ImmediateExit);
        Add("KVM_CAP_COALESCED_PIO", (ulong)KvmCapability.CoalescedPio);
        Add("KVM_CAP_X86_USER_SPACE_MSR", (ulong)KvmCapability.UserSpaceMsr);
        Add("KVM_CAP_X86_MSR_FILTER", (ulong)KvmCapability.MsrFilter);
    }

    private void AddLibc()
    {
        SignalAction a = default;
        Size<SignalAction>("sigaction");
        Add("sizeof(sigset_t)", (ulong)Unsafe.SizeOf<SignalSet>());
        Add("OFF(sigaction, sa_handler)", Offset(ref a, ref a.Handler));
        Add("OFF(sigaction, sa_mask)", Offset(ref a, ref a.Mask));
        Add("OFF(sigaction, sa_flags)", Offset(ref a, ref a.Flags));
        Add("OFF(sigaction, sa_restorer)", Offset(ref a, ref a.Restorer));
        Add("SA_RESTART", Libc.SaRestart);
        Add("SIG_UNBLOCK", Libc.SigUnblock);
        Add("(unsigned long)SIG_DFL", 0);
        Add("SYS_gettid", Libc.SysGetTid);
        Add("SYS_tgkill", Libc.SysTgkill);
        Add("O_RDWR", Libc.OpenReadWrite);
        Add("O_CLOEXEC", Libc.OpenCloseOnExec);
        Add("PROT_READ", Libc.ProtRead);
        Add("PROT_WRITE", Libc.ProtWrite);
        Add("MAP_SHARED", Libc.MapShared);
        Add("MAP_PRIVATE", Libc.MapPrivate);
        Add("MAP_ANONYMOUS", Libc.MapAnonymous);
        Add("MAP_NORESERVE", Libc.MapNoReserve);
        Add("EPERM", Errno.NotPermitted);
        Add("ENOENT", Errno.NoEntry);
        Add("ESRCH", Errno.NoProcess);
        Add("EINTR", Errno.Interrupted);
        Add("E2BIG", Errno.TooBig);
        Add("EAGAIN", Errno.Again);
        Add("ENOMEM", Errno.NoMemory);
        Add("EACCES", Errno.AccessDenied);
        Add("EBUSY", Errno.Busy);
        Add("ENODEV", Errno.NoDevice);
        Add("EINVAL", Errno.Invalid);
    }
}
