using System.Buffers.Binary;
using System.Text;
using OsDevHv.Gdb;
using OsDevHv.Machine.Core;

namespace OsDevHv.Tests.Commands;

/// <summary>The core file of a machine made by hand (System V ABI, chapters 4 and 5).</summary>
public sealed class CoreFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    private readonly PagedMachine _machine = PagedMachine.InLongMode().MapPage(PagedMachine.Present | PagedMachine.Writable);

    public void Dispose() => File.Delete(_path);

    private static readonly MemoryRange[] s_ram = [new MemoryRange(0, 0x10000, IsRam: true)];

    private byte[] Dump(bool is64 = true)
    {
        string said = CoreDump.Write(_machine, s_ram, new CoreRequest(_path, 0, 11, is64), out bool isWritten);
        Assert.True(isWritten, said);
        return File.ReadAllBytes(_path);
    }

    private static ulong Word(byte[] file, int at) => BinaryPrimitives.ReadUInt64LittleEndian(file.AsSpan(at));

    [Fact]
    public void A_mapping_and_the_RAM_behind_it_share_their_bytes_in_the_file()
    {
        _machine.Ram.Bytes[0x5123] = 0x5a;

        byte[] file = Dump();

        // Program headers 1 (the mapping) and 2 (RAM), of 56 bytes each, behind the notes' one.
        const int mapping = 64 + 56, ram = mapping + 56;
        Assert.Equal((4, 62, 3), (file[16], file[18], file[56]));
        Assert.Equal((0x40_0000ul, 0x5000ul, 0x1000ul), (Word(file, mapping + 16), Word(file, mapping + 24), Word(file, mapping + 32)));
        Assert.Equal((1ul << 62, 0ul, 0x10000ul), (Word(file, ram + 16), Word(file, ram + 24), Word(file, ram + 32)));
        Assert.Equal(Word(file, ram + 8) + 0x5000, Word(file, mapping + 8));
        Assert.Equal(0x5a, file[(int)Word(file, mapping + 8) + 0x123]);
    }

    [Fact]
    public void Registers_are_in_the_notes_of_Linux_and_of_QEMU()
    {
        _machine.General.Rip = 0x1122_3344_5566_7788;

        byte[] file = Dump();

        int status = 64 + (3 * 56) + 20;
        Assert.Equal("CORE", Encoding.ASCII.GetString(file, status - 8, 4));
        Assert.Equal((11, 1), (file[status + 12], file[status + 32]));
        Assert.Equal(0x1122_3344_5566_7788ul, Word(file, status + 112 + (16 * 8)));
        int qemu = file.AsSpan().IndexOf("QEMU"u8) + 8;
        Assert.Equal((1u, 440u), (BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(qemu)), BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(qemu + 4))));
        Assert.Equal(0x1122_3344_5566_7788ul, Word(file, qemu + 8 + (16 * 8)));
        Assert.Equal(0x1000ul, Word(file, qemu + 8 + (18 * 8) + (10 * 24) + (3 * 8)));
    }

    [Fact]
    public void A_machine_outside_long_mode_with_a_32_bit_kernel_has_a_32_bit_file()
    {
        _machine.System.Efer = 0;
        _machine.System.Cr0 = 1;

        byte[] file = Dump(is64: false);

        Assert.Equal((1, 3), (file[4], file[18]));
    }

    [Fact]
    public void A_file_that_cannot_be_written_is_said_in_words()
    {
        string said = CoreDump.Write(_machine, s_ram, new CoreRequest("/nonexistent/core", 0, 0, true), out bool isWritten);

        Assert.False(isWritten);
        Assert.StartsWith("cannot write /nonexistent/core: ", said, StringComparison.Ordinal);
    }
}
