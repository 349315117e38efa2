using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Walks against tables made by hand from the SDM's figures 4-4 to 4-11.</summary>
public sealed class PageWalkTests
{
    private const ulong Pg = 1UL << 31, Pae = 1 << 5, Pse = 1 << 4, La57 = 1 << 12, Lma = 1 << 10, Nxe = 1 << 11;
    private const ulong P = 1, W = 2, U = 4, Ps = 1 << 7, Nx = 1UL << 63;

    private readonly Memory _memory = new();

    /// <summary>64 KiB of RAM.</summary>
    private sealed class Memory : IGuestMemory
    {
        public byte[] Bytes { get; } = new byte[0x1_0000];

        public bool TryRead(ulong address, Span<byte> destination)
        {
            if (address > (ulong)Bytes.Length || (ulong)destination.Length > (ulong)Bytes.Length - address)
            {
                return false;
            }

            Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            return true;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source) => false;

        public bool Contains(ulong address, ulong length) =>
            address <= (ulong)Bytes.Length && length <= (ulong)Bytes.Length - address;

        public Memory Set64(int address, ulong value)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(address), value);
            return this;
        }

        public Memory Set32(int address, uint value)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(Bytes.AsSpan(address), value);
            return this;
        }
    }

    private static SystemRegisters Registers(ulong cr3, ulong cr4, ulong efer) => new() { Cr0 = Pg | 1, Cr3 = cr3, Cr4 = cr4, Efer = efer };

    private static SystemRegisters FourLevel => Registers(0x1000, Pae, Lma | Nxe);

    private PageWalkEnd Walk(SystemRegisters registers, ulong linear, out Translation translation)
    {
        Span<PageWalkStep> steps = stackalloc PageWalkStep[PageWalk.MaxSteps];
        return PageWalk.Walk(_memory, registers, linear, steps, out _, out translation);
    }

    [Theory]
    [InlineData(0x1234_5678u, 0x1234_5678u)]
    [InlineData(0xffff_ffff_8000_1000u, 0x8000_1000u)]
    public void Without_paging_the_low_32_bits_are_the_physical_address(ulong linear, ulong physical)
    {
        Assert.True(PageWalk.TryTranslate(_memory, new SystemRegisters { Cr0 = 1 }, linear, out Translation translation));
        Assert.Equal(new Translation(physical, 0x1000, true, true, true), translation);
    }

    [Fact]
    public void Thirty_two_bit_4_kib_page()
    {
        _memory.Set32(0x1000 + (0x300 * 4), (uint)(0x2000 | P | W | U)).Set32(0x2000 + (5 * 4), (uint)(0x1_2000 | P | U));

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1018, 0, 0), 0xc000_5abc, out Translation translation));
        Assert.Equal(new Translation(0x1_2abc, 0x1000, false, true, true), translation);
    }

    [Fact]
    public void Thirty_two_bit_4_mib_page_with_pse_36_address()
    {
        // Bits 20:13 hold address bits 39:32.
        _memory.Set32(0x1000 + (1 * 4), (uint)(0x0280_0000 | (0xa5 << 13) | Ps | P | W));

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1000, Pse, 0), 0x0052_3456, out Translation translation));
        Assert.Equal(new Translation(0xa5_0292_3456, 0x40_0000, true, false, true), translation);
    }

    [Fact]
    public void Without_pse_the_page_size_bit_is_ignored()
    {
        _memory.Set32(0x1000, (uint)(0x2000 | Ps | P)).Set32(0x2000, (uint)(0x3000 | P));

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1000, 0, 0), 0x10, out Translation translation));
        Assert.Equal(0x3010u, translation.PhysicalAddress);
    }

    [Fact]
    public void Pae_4_kib_page_behind_an_unaligned_pointer_table()
    {
        _memory.Set64(0x1020 + (3 * 8), 0x2000 | P).Set64(0x2000 + (0x1ff * 8), 0x3000 | P | W)
            .Set64(0x3000 + (0x1fe * 8), 0xa_bcde_f000 | Nx | P | W);

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1020, Pae, Nxe), 0xffff_e123, out Translation translation));
        Assert.Equal(new Translation(0xa_bcde_f123, 0x1000, true, false, false), translation);
    }

    [Fact]
    public void Pae_2_mib_page()
    {
        _memory.Set64(0x1000, 0x2000 | P).Set64(0x2000 + 8, 0x80_0000 | Ps | P | W | U);

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1000, Pae, 0), 0x23_4567, out Translation translation));
        Assert.Equal(new Translation(0x83_4567, 0x20_0000, true, true, true), translation);
    }

    [Fact]
    public void Four_level_4_kib_page_has_the_least_rights_of_all_levels()
    {
        // FFFFFFFF80123456h: indices 511, 510, 0, 123h.
        _memory.Set64(0x1000 + (511 * 8), 0x2000 | P | W | U).Set64(0x2000 + (510 * 8), 0x3000 | P | W | U)
            .Set64(0x3000, 0x4000 | P | U).Set64(0x4000 + (0x123 * 8), 0x000f_edcb_a987_6000 | P | W | U);

        Assert.Equal(PageWalkEnd.Mapped, Walk(FourLevel, 0xffff_ffff_8012_3456, out Translation translation));
        Assert.Equal(new Translation(0x000f_edcb_a987_6456, 0x1000, false, true, true), translation);
    }

    [Fact]
    public void Four_level_1_gib_page()
    {
        _memory.Set64(0x1000, 0x2000 | P | W).Set64(0x2000 + (2 * 8), 0x1_4000_0000 | (1 << 12) | Ps | P | W);

        Assert.Equal(PageWalkEnd.Mapped, Walk(FourLevel, 0x8765_4321, out Translation translation));
        Assert.Equal(new Translation(0x1_4765_4321, 0x4000_0000, true, false, true), translation);
    }

    [Fact]
    public void Five_level_2_mib_page()
    {
        // 00FF'FFFF'FFFF'FFFFh >> 48 is index FFh of the PML5.
        _memory.Set64(0x1000 + (0xff * 8), 0x2000 | P | W).Set64(0x2000 + (511 * 8), 0x3000 | P | W)
            .Set64(0x3000 + (511 * 8), 0x4000 | P | W).Set64(0x4000 + (511 * 8), 0x1ea0_0000 | Ps | P | W);

        Assert.Equal(PageWalkEnd.Mapped, Walk(Registers(0x1000, Pae | La57, Lma), 0x00ff_ffff_ffff_fffe, out Translation translation));
        Assert.Equal(new Translation(0x1ebf_fffe, 0x20_0000, true, false, true), translation);
    }

    [Theory]
    [InlineData(Pae, 0x0000_8000_0000_0000u)]
    [InlineData(Pae, 0xffff_7fff_ffff_ffffu)]
    [InlineData(Pae, 0x8000_0000_0000_0000u)]
    [InlineData(Pae | La57, 0x0100_0000_0000_0000u)]
    [InlineData(Pae | La57, 0xfeff_ffff_ffff_ffffu)]
    public void An_address_that_is_not_canonical_is_not_walked(ulong cr4, ulong linear)
    {
        Assert.Equal(PageWalkEnd.NotCanonical, Walk(Registers(0x1000, cr4, Lma), linear, out _));
    }

    [Theory]
    [InlineData(Pae, 0xffff_8000_0000_0000u)]
    [InlineData(Pae | La57, 0xff00_0000_0000_0000u)]
    [InlineData(Pae | La57, 0x0000_8000_0000_0000u)]
    public void A_canonical_address_is_walked(ulong cr4, ulong linear)
    {
        Assert.Equal(PageWalkEnd.NotPresent, Walk(Registers(0x1000, cr4, Lma), linear, out _));
    }

    [Fact]
    public void A_table_outside_ram_ends_the_walk()
    {
        _memory.Set64(0x1000, 0x10_0000 | P);

        Assert.Equal(PageWalkEnd.TableNotInRam, Walk(FourLevel, 0, out _));
    }

    public static TheoryData<string, ulong, ulong> ReservedBits => new()
    {
        { "NX in a PML4E without EFER.NXE", 0x2000 | P | Nx, 0 },
        { "PS in a PML4E", 0x2000 | P | Ps, 0 },
        { "bit 13 of a 1 GiB page", 0x2000 | P, (1 << 13) | Ps | P },
        { "bit 29 of a 1 GiB page", 0x2000 | P, (1 << 29) | Ps | P },
    };

    [Theory]
    [MemberData(nameof(ReservedBits))]
    public void A_reserved_bit_ends_the_walk(string _, ulong pml4e, ulong pdpte)
    {
        _memory.Set64(0x1000, pml4e).Set64(0x2000, pdpte);

        Assert.Equal(PageWalkEnd.ReservedBit, Walk(Registers(0x1000, Pae, Lma), 0, out Translation _));
    }

    [Theory]
    [InlineData(0x2000 | P | W)]
    [InlineData(0x2000 | P | U)]
    [InlineData(0x2000 | P | Ps)]
    [InlineData(0x2000 | P | Nx)]
    [InlineData(0x2000 | P | (1UL << 52))]
    public void Reserved_bits_of_a_pae_pointer_end_the_walk(ulong pointer)
    {
        _memory.Set64(0x1000, pointer);

        Assert.Equal(PageWalkEnd.ReservedBit, Walk(Registers(0x1000, Pae, Nxe), 0, out _));
    }

    [Fact]
    public void Bit_21_of_a_4_mib_page_is_reserved()
    {
        _memory.Set32(0x1000, (uint)((1 << 21) | Ps | P));

        Assert.Equal(PageWalkEnd.ReservedBit, Walk(Registers(0x1000, Pse, 0), 0, out _));
    }

    [Fact]
    public void Steps_name_every_entry_up_to_where_the_walk_ended()
    {
        _memory.Set64(0x1000 + (511 * 8), 0x2000 | P | W).Set64(0x2000 + (510 * 8), 0x3000 | P | W);
        PageWalkStep[] steps = new PageWalkStep[PageWalk.MaxSteps];

        PageWalkEnd end = PageWalk.Walk(_memory, FourLevel, 0xffff_ffff_8000_0000, steps, out int count, out _);

        Assert.Equal(PageWalkEnd.NotPresent, end);
        Assert.Equal([new(4, 0x1ff8, 0x2003), new(3, 0x2ff0, 0x3003), new PageWalkStep(2, 0x3000, 0)], steps[..count]);
    }

    [Fact]
    public void Walking_allocates_nothing()
    {
        _memory.Set64(0x1000, 0x2000 | P).Set64(0x2000, Ps | P);
        SystemRegisters registers = FourLevel;
        PageWalk.TryTranslate(_memory, registers, 0, out _);
        long before = GC.GetAllocatedBytesForCurrentThread();

        bool mapped = PageWalk.TryTranslate(_memory, registers, 0x1234, out _);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.True(mapped);
    }
}
