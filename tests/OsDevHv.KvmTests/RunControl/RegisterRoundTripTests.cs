using OsDevHv.Gdb;
using OsDevHv.Tests.Kvm;
using Xunit;

namespace OsDevHv.Tests.RunControl;

/// <summary>
/// What a debugger writes to a register of this host's KVM is what it reads, and what the guest sees; what is refused changes nothing.
/// </summary>
public sealed class RegisterRoundTripTests
{
    // hlt
    private static readonly byte[] s_halt = [0xf4];

    [Fact]
    public async Task Descriptor_caches_and_tables_keep_what_is_written()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);

        RegisterFile file = Write(rig, RegisterGroups.System, static r =>
        {
            r.Segments[2] = new SegmentCache(0x4000, 0x1fff, 0x4093);
            r.FsBase = 0x5000;
            (r.GdtBase, r.GdtLimit, r.IdtBase, r.IdtLimit) = (0x6000, 0x27, 0x7000, 0x7ff);
            r.Segments[7] = new SegmentCache(0x8000, 0x67, 0x8b);
            r.KernelGsBase = 0xffff_8000_0000_1000;
            r.Cr2 = 0x1234;
            r.Cr8 = 5;
        });

        Assert.Equal(new SegmentCache(0x4000, 0x1fff, 0x4093), file.Segments[2]);
        Assert.Equal(0x5000ul, file.FsBase);
        Assert.Equal((0x6000ul, (ushort)0x27, 0x7000ul, (ushort)0x7ff), (file.GdtBase, file.GdtLimit, file.IdtBase, file.IdtLimit));
        Assert.Equal((0x8000ul, 0x67u), (file.Segments[7].Base, file.Segments[7].Limit));
        Assert.Equal((0xffff_8000_0000_1000ul, 0x1234ul, 5ul), (file.KernelGsBase, file.Cr2, file.Cr8));
    }

    [Fact]
    public async Task Debug_registers_are_the_guests_own_and_keep_what_is_written()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);

        RegisterFile file = Write(rig, RegisterGroups.Debug, static r =>
            new ulong[] { 0x1000, 0x2000, 0x3000, 0x4000, 0xffff_0ff1, 0x401 }.CopyTo(r.DebugRegisters, 0));

        Assert.Equal([0x1000ul, 0x2000ul, 0x3000ul, 0x4000ul, 0xffff_0ff1ul, 0x401ul], file.DebugRegisters);
    }

    [Fact]
    public async Task Named_model_specific_registers_keep_what_is_written()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        (uint Number, ulong Value)[] values =
        [
            (0x277, 0x0606_0606_0606_0606), (0xc000_0081, 0x0023_0008_0000_0000), (0xc000_0082, 0xffff_ffff_8000_1000),
            (0xc000_0083, 0x2000), (0xc000_0084, 0x200), (0x174, 8), (0x175, 0x3000), (0x176, 0x4000), (MsrNumbers.Tsc, 123_456_789),
        ];

        foreach ((uint number, ulong value) in values)
        {
            int index = MsrNumbers.Named.IndexOf(number);
            RegisterFile file = Write(rig, RegisterGroups.Msrs, r => r.Msrs[index] = value);

            Assert.True(file.HasMsr[index], MsrNumbers.Names[index]);
            Assert.Equal((MsrNumbers.Names[index], value), (MsrNumbers.Names[index], file.Msrs[index]));
        }
    }

    [Fact]
    public async Task The_time_stamp_counter_of_a_stopped_machine_stands_still()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        int index = MsrNumbers.Named.IndexOf(MsrNumbers.Tsc);

        ulong first = Read(rig, RegisterGroups.Msrs).Msrs[index];
        ulong second = Read(rig, RegisterGroups.Msrs).Msrs[index];

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task Memory_type_ranges_keep_what_is_written_and_a_bad_type_changes_none()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        Assert.SkipUnless(Read(rig, RegisterGroups.MemoryTypes).HasMemoryTypes, "this host's KVM has no MTRRs");
        const int range = MsrNumbers.FirstVariableRange;

        RegisterFile file = Write(rig, RegisterGroups.MemoryTypes, static r =>
        {
            r.MemoryTypes[1] = 0xc06;
            r.MemoryTypes[MsrNumbers.FirstFixedRange] = 0x0606_0606_0606_0606;
            (r.MemoryTypes[range], r.MemoryTypes[range + 1]) = (0xc000_0000, 0xf_c000_0800);
        });

        Assert.Equal((0xc06ul, 0x0606_0606_0606_0606ul), (file.MemoryTypes[1], file.MemoryTypes[MsrNumbers.FirstFixedRange]));
        Assert.Equal((0xc000_0000ul, 0xf_c000_0800ul), (file.MemoryTypes[range], file.MemoryTypes[range + 1]));
        Assert.StartsWith("c0000002h names a memory type that there is not", Refusal(rig, RegisterGroups.MemoryTypes, static r =>
        {
            r.MemoryTypes[1] = 0;
            r.MemoryTypes[range] = 0xc000_0002;
        }));
        Assert.Equal(0xc06ul, Read(rig, RegisterGroups.MemoryTypes).MemoryTypes[1]);
        Assert.Equal("mtrr_cap cannot be written", Refusal(rig, RegisterGroups.MemoryTypes, static r => r.MemoryTypes[0]++));
    }

    [Fact]
    public async Task Vector_registers_masks_and_keys_keep_what_is_written()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        RegisterFeatures features = Features(rig);
        Assert.SkipUnless(features.HasFlag(RegisterFeatures.Avx), "this host has no AVX");

        RegisterFile file = Write(rig, RegisterGroups.Extended, r =>
        {
            for (int index = 0; index < 32; index++)
            {
                r.Zmm[(64 * index) + 16] = (byte)(index + 1);
                r.Zmm[(64 * index) + 63] = (byte)(index + 100);
                r.Zmm[64 * index] = (byte)(index + 50);
            }

            r.Masks[7] = 0x1234_5678_9abc_def0;
            r.Pkru = 0x5555_5554;
        });

        Assert.Equal(16, file.Zmm[(64 * 15) + 16]);
        if (features.HasFlag(RegisterFeatures.Avx512))
        {
            Assert.Equal((115, 131, 81), (file.Zmm[(64 * 15) + 63], file.Zmm[(64 * 31) + 63], file.Zmm[64 * 31]));
            Assert.Equal(0x1234_5678_9abc_def0ul, file.Masks[7]);
        }

        if (features.HasFlag(RegisterFeatures.ProtectionKeys))
        {
            Assert.Equal(0x5555_5554u, file.Pkru);
        }
    }

    [Fact]
    public async Task A_refused_register_changes_nothing()
    {
        using var rig = new KvmRig(s_halt, 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        ulong before = Read(rig, RegisterGroups.System).Cr0;

        Assert.Equal("PG of cr0 needs PE: there is no paging in real mode", Refusal(rig, RegisterGroups.System, static r => r.Cr0 = 1UL << 31));
        Assert.Equal("xcr0 must have X87 set", Refusal(rig, RegisterGroups.Extended, static r => r.Xcr0 = 2));
        int lstar = MsrNumbers.Named.IndexOf(0xc000_0082u);
        Assert.Equal(
            "lstar must be a canonical address, 1234567890123456h is none",
            Refusal(rig, RegisterGroups.Msrs, r => r.Msrs[lstar] = 0x1234_5678_9012_3456));
        Assert.StartsWith("the processor does not take bit 31 in cr4", Refusal(rig, RegisterGroups.System, static r => r.Cr4 |= 1UL << 31));

        Assert.Equal(before, Read(rig, RegisterGroups.System).Cr0);
        Assert.Equal(0ul, Read(rig, RegisterGroups.Msrs).Msrs[lstar]);
    }

    [Fact]
    public async Task The_guest_uses_a_base_that_was_written()
    {
        // mov %fs:0, %al; out %al, $0x40; hlt
        using var rig = new KvmRig([0x64, 0xa0, 0, 0, 0, 0, 0xe6, 0x40, 0xf4], 1);
        rig.Write(0x5000, [0xab]);
        await rig.Target.AttachAsync(CancellationToken.None);
        Write(rig, RegisterGroups.System, static r => r.FsBase = 0x5000);

        for (int step = 0; step < 2; step++)
        {
            await rig.Target.ResumeAsync(new[] { ResumeKind.Step });
        }

        Assert.Equal([(0x40, 0xab)], rig.Output.Select(static o => ((int)o.Port, (int)o.Value)));
    }

    [Fact]
    public async Task The_instruction_pointer_is_linear_and_can_be_moved_within_its_segment()
    {
        using var rig = new KvmRig([0x90, 0x90, 0xf4], 1);
        await rig.Target.AttachAsync(CancellationToken.None);
        Write(rig, RegisterGroups.System, static r =>
        {
            r.Segments[0] = r.Segments[0] with { Base = 0x800, Limit = 0xfff };
            r.OffsetInCode = 0x800;
        });

        Assert.Equal(0x1000ul, Read(rig, RegisterGroups.General).Rip);
        Write(rig, RegisterGroups.General, static r => r.Rip = 0x1001);
        Assert.Equal(0x801ul, Read(rig, RegisterGroups.System).OffsetInCode);
        Assert.Equal(
            "2000h is outside the code segment, which is from 800h to 17ffh: write cs first",
            Refusal(rig, RegisterGroups.General, static r => r.Rip = 0x2000));
        await rig.Target.ResumeAsync(new[] { ResumeKind.Step });
        Assert.Equal(0x1002ul, Read(rig, RegisterGroups.General).Rip);
    }

    private static RegisterFeatures Features(KvmRig rig)
    {
        RegisterFeatures features = default;
        rig.Controller.Vcpus[0].Execute(cpu => features = OsDevHv.Machine.Debug.XstateImage.Features(cpu.Xstate));
        return features;
    }

    private static RegisterFile Read(KvmRig rig, RegisterGroups groups)
    {
        var file = new RegisterFile();
        Assert.True(rig.Target.TryReadRegisters(0, groups, file, out string? error), error);
        return file;
    }

    private static RegisterFile Write(KvmRig rig, RegisterGroups groups, Action<RegisterFile> change)
    {
        RegisterFile file = Read(rig, groups);
        change(file);
        Assert.True(rig.Target.TryWriteRegisters(0, groups, file, out string? error), error);
        return Read(rig, groups);
    }

    private static string? Refusal(KvmRig rig, RegisterGroups groups, Action<RegisterFile> change)
    {
        RegisterFile file = Read(rig, groups);
        change(file);
        Assert.False(rig.Target.TryWriteRegisters(0, groups, file, out string? error));
        return error;
    }
}
