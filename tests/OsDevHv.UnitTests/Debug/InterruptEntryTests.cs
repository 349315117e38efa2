using System.Buffers.Binary;
using OsDevHv.Devices;
using OsDevHv.Machine.Debug;
using OsDevHv.Machine.Engine;
using Xunit;

namespace OsDevHv.Tests.Debug;

/// <summary>Entering an interrupt handler by hand (Intel SDM vol. 3A, 6.12.1, 6.14.2; figures 6-4, 6-8).</summary>
public sealed class InterruptEntryTests
{
    private const int Tables = 0x1000, Idt = 0x4000, Stack = 0x8000, Handler = 0x6123;
    private const byte Vector = 0x60, InterruptGate = 0x8E, TrapGate = 0x8F;
    private const ulong Flags = 0x1_4302;

    private readonly Ram _ram = new();

    [Theory]
    [InlineData(InterruptGate, 0x002ul)]
    [InlineData(TrapGate, 0x202ul)]
    public void In_64_bit_mode_five_words_go_to_the_aligned_stack(byte gate, ulong flags)
    {
        SystemRegisters system = Long();
        SetGate(wide: true, gate, selector: 0x10, stackTable: 0);
        GeneralRegisters general = new() { Rip = 0x5555, Rsp = Stack - 4, Rflags = Flags };

        bool entered = InterruptEntry.TryEnter(_ram, system, ref general, Vector);

        Assert.True(entered);
        Assert.Equal(((ulong)Handler, (ulong)Stack - 16 - 40, flags), (general.Rip, general.Rsp, general.Rflags));
        Assert.Equal(
            [0x5555, 0x10, Flags, Stack - 4, 0x18], Enumerable.Range(0, 5).Select(i => _ram.Read64(Stack - 16 - 40 + (8 * i))).ToArray());
    }

    [Fact]
    public void In_32_bit_mode_three_words_go_to_the_stack()
    {
        SystemRegisters system = Protected();
        SetGate(wide: false, InterruptGate, selector: 0x10, stackTable: 0);
        GeneralRegisters general = new() { Rip = 0x5555, Rsp = Stack, Rflags = 0x302 };

        bool entered = InterruptEntry.TryEnter(_ram, system, ref general, Vector);

        Assert.True(entered);
        Assert.Equal(((ulong)Handler, (ulong)Stack - 12, 2ul), (general.Rip, general.Rsp, general.Rflags));
        Assert.Equal([0x5555u, 0x10u, 0x302u], Enumerable.Range(0, 3).Select(i => (uint)_ram.Read64(Stack - 12 + (4 * i))).ToArray());
    }

    [Theory]
    [InlineData("not present")]
    [InlineData("task gate")]
    [InlineData("another segment")]
    [InlineData("another stack")]
    [InlineData("beyond the table")]
    [InlineData("handler not mapped")]
    [InlineData("stack not mapped")]
    [InlineData("user mode")]
    [InlineData("real mode")]
    public void Any_other_entry_is_left_to_the_processor_and_nothing_changes(string what)
    {
        SystemRegisters system = Long();
        SetGate(true, what switch { "not present" => (byte)0x0E, "task gate" => (byte)0x85, _ => InterruptGate },
            what == "another segment" ? (ushort)0x20 : (ushort)0x10, what == "another stack" ? (byte)1 : (byte)0);
        if (what == "handler not mapped")
        {
            _ram.Write64(Idt + (16 * Vector) + 8, 0x40);
        }

        system.Idt = what == "beyond the table" ? system.Idt with { Limit = (16 * Vector) + 14 } : system.Idt;
        system.Ss = what == "user mode" ? system.Ss with { Dpl = 3 } : system.Ss;
        system.Cr0 = what == "real mode" ? 0 : system.Cr0;
        GeneralRegisters before = new() { Rip = 0x5555, Rsp = what == "stack not mapped" ? 0x50_0000_0000ul : Stack, Rflags = 0x202 };
        GeneralRegisters general = before;
        byte[] memory = [.. _ram.Bytes];

        bool entered = InterruptEntry.TryEnter(_ram, system, ref general, Vector);

        Assert.False(entered);
        Assert.Equal(before, general);
        Assert.Equal(memory, _ram.Bytes);
    }

    private static SystemRegisters Protected() => new()
    {
        Cr0 = 1,
        Cs = new Segment(0, uint.MaxValue, 0x10, 0xb, 0, SegmentBits.Default32),
        Ss = new Segment(0, uint.MaxValue, 0x18, 3, 0, SegmentBits.Default32),
        Idt = new DescriptorTable(Idt, 0xFFF),
    };

    private SystemRegisters Long()
    {
        _ram.Write64(Tables, (Tables + 0x1000) | 3);
        _ram.Write64(Tables + 0x1000, 0x83);
        return Protected() with
        {
            Cr0 = 0x8000_0001,
            Cr3 = Tables,
            Cr4 = 1 << 5,
            Efer = 1 << 10 | 1 << 8,
            Cs = new Segment(0, uint.MaxValue, 0x10, 0xb, 0, SegmentBits.Long),
        };
    }

    private void SetGate(bool wide, byte type, ushort selector, byte stackTable)
    {
        int at = Idt + (Vector * (wide ? 16 : 8));
        _ram.Write64(at, (Handler & 0xFFFF) | ((ulong)selector << 16) | ((ulong)stackTable << 32) | ((ulong)type << 40));
        if (wide)
        {
            _ram.Write64(at + 8, 0);
        }
    }

    private sealed class Ram : IGuestMemory
    {
        public byte[] Bytes { get; } = new byte[0x1_0000];

        public ulong Read64(int address) => BinaryPrimitives.ReadUInt64LittleEndian(Bytes.AsSpan(address));

        public void Write64(int address, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Bytes.AsSpan(address), value);

        public bool TryRead(ulong address, Span<byte> destination)
        {
            bool contains = Contains(address, (ulong)destination.Length);
            if (contains)
            {
                Bytes.AsSpan((int)address, destination.Length).CopyTo(destination);
            }

            return contains;
        }

        public bool TryWrite(ulong address, ReadOnlySpan<byte> source)
        {
            bool contains = Contains(address, (ulong)source.Length);
            if (contains)
            {
                source.CopyTo(Bytes.AsSpan((int)address));
            }

            return contains;
        }

        public bool Contains(ulong address, ulong length) => address <= (ulong)Bytes.Length && length <= (ulong)Bytes.Length - address;
    }
}
